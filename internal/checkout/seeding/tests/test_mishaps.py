"""What cannot be seeded is refused with the model, the field and the remedy."""

import pytest
from django.db import connection
from django.db import models as db

from pixelload_seed.amounts import parse
from pixelload_seed.errors import SeedError
from pixelload_seed.people import Logins, make_friends
from pixelload_seed.recognise import Found, recognise
from pixelload_seed.rows import Rows
from pixelload_seed.stories import shown
from pixelload_seed.verify import serialisable
from zoo import models


@pytest.mark.parametrize(
    ("model", "count", "said"),
    [
        (
            models.Jewel,
            1,
            "zoo.Jewel.gem: a row must have it, and fields of the type GemField are unknown here",
        ),
        (
            models.Hen,
            1,
            "zoo.Egg.hen: a row must have it, and rows of zoo.Hen need such a row themselves",
        ),
        (
            models.Locker,
            37,
            "zoo.Locker.number: rows must differ in it, and 1 characters are too few for row 36",
        ),
        (
            models.Scale,
            1,
            "zoo.Scale: the database refused a seeded row: CHECK constraint failed: grams_enough: give",
        ),
    ],
)
def test_rows_that_cannot_be_made(database, model, count, said):
    with pytest.raises(SeedError) as refused:
        Rows(model).insert((number, {}) for number in range(count))
    assert str(refused.value).startswith(said)


def test_the_field_the_database_names_is_named(database):
    models.Locker.objects.create(number="0")
    with pytest.raises(SeedError, match="^zoo.Locker.number: the database refused a seeded row: UNIQUE"):
        Rows(models.Locker).insert([(0, {})])


def test_tables_that_are_not_there(tables):
    with connection.schema_editor() as editor:
        editor.delete_model(models.Scale)
    try:
        with pytest.raises(
            SeedError,
            match="^zoo.Scale: .*no such table: zoo_scale: run migrate first$",
        ):
            Rows(models.Scale).insert([(0, {"grams": 7})])
    finally:
        with connection.schema_editor() as editor:
            editor.create_model(models.Scale)


def test_a_friendship_that_nothing_accepts():
    found = Found(models.Bond, {"status": models.Tale._meta.get_field("category")})
    with pytest.raises(SeedError, match="^zoo.Bond.category: none of its choices means accepted"):
        make_friends(found, [])


def test_a_story_that_never_says_what_is_public():
    found, _ = recognise([models.Whisper])
    with pytest.raises(SeedError, match="^zoo.Whisper.status: its choices do not say"):
        shown(found["story"].fields["published"], True)


def test_a_user_model_without_a_number():
    class Ghost(db.Model):
        id = db.UUIDField(primary_key=True)
        USERNAME_FIELD = "id"

        class Meta:
            app_label = "zoo"
            managed = False

    with pytest.raises(SeedError, match="^zoo.Ghost.id: it is a UUIDField, and tokens carry a number"):
        Logins(Ghost)


@pytest.mark.parametrize(
    "data",
    [
        "",
        "huge",
        "stories=1",
        "stories=x,drawn=1,words=1",
        "stories=1,drawn=2,words=3",
        "stories=1,stories=2,drawn=1",
    ],
)
def test_unknown_data(data):
    with pytest.raises(SeedError, match="^--data "):
        parse(data)


def test_a_story_that_the_framework_cannot_serialise(zoo):
    found, _ = recognise()
    with pytest.raises(SeedError, match="^zoo.Tale: a seeded row cannot be serialised: TypeError: "):
        serialisable(found["story"], models.Tale(extra=object()))
