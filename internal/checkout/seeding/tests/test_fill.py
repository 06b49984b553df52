"""A filled database: as much as promised, whole rows, and the same every time."""

import json

import django
import pytest
from django.contrib.auth.hashers import check_password, identify_hasher
from django.core import serializers
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test import override_settings

from pixelload_seed import fill as filling
from pixelload_seed import words
from pixelload_seed.amounts import parse
from pixelload_seed.errors import SeedError
from zoo import models

AMOUNTS = "stories=6,drawn=2,words=20"
USERS = 7
FILLED = [
    models.Park,
    models.Enclosure,
    models.Keeper,
    models.Portrait,
    models.Tale,
    models.Phrase,
    models.Bond,
]


def fill(seed=1):
    return filling.fill(models.Keeper, parse(AMOUNTS), USERS, seed)


def test_the_figures_are_what_is_stored(database, zoo):
    made = fill()
    public = models.Tale.objects.filter(status="published")
    weight = sum(
        len(tale.heading) + len(tale.body) + len(json.dumps(tale.pages)) + len(tale.cover_data) for tale in public
    )
    assert made["data"] == {
        "name": AMOUNTS,
        "public_stories": 6,
        "drawn_stories": 2,
        "public_bytes": weight,
        "words": 20,
        "users": USERS,
        "friends_a_user": 6,
    }
    assert models.Tale.objects.filter(status="draft").count() == USERS
    assert models.Phrase.objects.filter(enabled=True).count() == 20
    if django.VERSION >= (5, 0):
        assert set(models.Bond.objects.values_list("strength", "year")) == {(7, 2026)}
    assert models.Bond.objects.filter(accepted=True).count() == USERS * (USERS - 1) / 2
    assert models.Note.objects.count() == USERS


def test_a_drawn_story_has_its_cover_twice(database, zoo):
    fill()
    drawn = [tale for tale in models.Tale.objects.all() if tale.cover_data.startswith("data:")]
    assert len(drawn) == 2 + 3
    for tale in drawn:
        assert [page["order"] for page in tale.pages] == [-1, 0, 1, 2, 3, 4, 5]
        assert tale.pages[0]["canvasData"] == tale.cover_data
        assert len(json.dumps(tale.pages)) == pytest.approx(7 * 80_500, rel=0.08)


def test_a_person_of_a_story_is_its_author(database, zoo):
    fill()
    assert {tale.creator_id for tale in models.Tale.objects.all()} == set(
        models.Keeper.objects.values_list("pk", flat=True)
    )
    assert not models.Tale.objects.exclude(editor=F("creator")).exists()


def test_everybody_can_log_in(database, zoo):
    made = fill()
    assert len(made["users"]) == USERS
    for account in made["users"]:
        user = models.Keeper.objects.get(pk=account["id"], username=account["username"], email=account["email"])
        assert user.is_active
        assert user.is_verified
        assert not user.is_staff
        assert user.portrait_set.get().role == "child"
    assert check_password(made["password"], user.password)
    assert not identify_hasher(user.password).must_update(user.password)


# An empty JSON object and a file without bytes are for the database, not for a form.
def test_rows_satisfy_the_apps_own_rules(database, zoo):
    fill()
    for model in FILLED:
        rows = list(model.objects.all())
        assert rows
        for row in rows:
            row.full_clean(exclude=["raw", "extra"])


def test_the_same_seed_gives_the_same_rows(database, zoo):
    first, dump = fill(), rows()
    clear()
    assert fill() == first
    assert rows() == dump
    clear()
    other = fill(seed=2)
    assert other["password"] != first["password"]
    assert rows() != dump


def rows():
    """Return all seeded rows as text, but for the one field whose default is random."""
    texts = [serializers.serialize("json", model.objects.order_by("pk")) for model in [*FILLED, models.Note]]
    data = [row for text in texts for row in json.loads(text)]
    for row in data:
        row["fields"].pop("public_id", None)
    return data


def clear():
    """Empty all tables."""
    call_command("flush", interactive=False, verbosity=0)


def test_achievements_are_the_apps_own(database, zoo):
    made = fill()
    assert made["missing"] == []
    assert models.Medal.objects.count() == 1
    assert (made["found"]["user"], made["found"]["story"]) == ("zoo.Keeper", "zoo.Tale")


def test_achievements_that_the_app_cannot_fill_are_missing(database, zoo):
    with override_settings(CATALOGUE_IS_GONE=True):
        made = fill()
    assert made["missing"] == [
        {
            "what": "achievements",
            "why": "manage.py populate_achievements: CommandError: the catalogue is gone",
            "costs": "the profile page's progress call answers with an empty list and stores nothing",
        }
    ]
    assert models.Medal.objects.count() == 0  # what the command did before it failed is undone


def test_achievements_without_a_command_are_missing(database, zoo, monkeypatch):
    monkeypatch.setattr(words, "get_commands", dict)
    [gap] = fill()["missing"]
    assert gap["why"] == "the table is empty, and the app has no management command for it"


def test_achievements_that_are_there_are_left_alone(database, zoo):
    models.Medal.objects.bulk_create(models.Medal(title=title, threshold=1, tier="low") for title in "ab")
    assert fill()["missing"] == []
    assert models.Medal.objects.count() == 2


@pytest.mark.parametrize("there", [3, 30])
def test_words_of_a_migration_count(database, zoo, there):
    for n in range(there):
        models.Phrase.objects.create(term="own%d" % n, lang="en")
    assert fill()["data"]["words"] == max(there, 20)
    assert models.Phrase.objects.filter(term__startswith="own").count() == there


def test_a_filled_database_is_refused(database, zoo):
    fill()
    with pytest.raises(SeedError, match="^zoo.Tale: the database has stories already: seed an empty one$"):
        fill()


def test_a_failure_leaves_nothing(database, zoo, monkeypatch):
    def broken(*arguments):
        raise SeedError("nothing")

    monkeypatch.setattr(filling, "measured", broken)
    with pytest.raises(SeedError):
        fill()
    assert not models.Keeper.objects.exists()
    assert not models.Park.objects.exists()


def test_one_user_has_no_friends(database, zoo):
    assert filling.fill(models.Keeper, parse(AMOUNTS), 1, 1)["data"]["friends_a_user"] == 0


# What the database keeps is counted, not what was sent to it.
@pytest.mark.parametrize(
    ("table", "change", "said"),
    [
        (
            "zoo_tale",
            "status = 'draft' where heading = 'Story 0003'",
            "zoo.Tale: 5 published stories are stored, not 6: a",
        ),
        ("zoo_tale", "pages = '[]' where heading = 'Story 0003'", "zoo.Tale.pages: story 4 has 0 pictures, not 7: the"),
        ("zoo_keeper", "is_active = 0", "zoo.Keeper: a seeded user is stored inactive or without the password: a rule"),
        (
            "zoo_keeper",
            "password = 'x'",
            "zoo.Keeper: a seeded user is stored inactive or without the password: a rule",
        ),
    ],
)
def test_a_table_that_changes_its_rows_is_noticed(database, zoo, table, change, said):
    with connection.cursor() as cursor:
        cursor.execute("create trigger spoil after insert on %s begin update %s set %s; end" % (table, table, change))
    try:
        with pytest.raises(SeedError) as noticed:
            fill()
        assert str(noticed.value).startswith(said)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop trigger spoil")
