"""Tables are told by what is in them."""

import pytest
from django.apps import apps
from django.db import models as db
from django.utils import timezone

from pixelload_seed.recognise import recognise
from pixelload_seed.stories import lost
from zoo import models

STORY = {
    "author": "person",
    "title": db.CharField(max_length=9),
    "content": db.TextField(),
    "canvas_data": db.TextField(),
    "summary": db.TextField(),
}


def test_every_table_is_found_under_other_names(zoo):
    found, missing = recognise()
    assert {key: table.model.__name__ for key, table in found.items()} == {
        "profile": "Portrait",
        "story": "Tale",
        "word": "Phrase",
        "friendship": "Bond",
        "message": "Note",
        "achievement": "Medal",
    }
    assert missing == []
    names = {column: field.name for column, field in found["story"].fields.items()}
    assert names["canvas"] == "pages"
    assert names["published"] == "status"
    assert (names["author"], names["title"], names["updated"]) == ("creator", "heading", "modified")


@pytest.mark.parametrize("lonely", ["TaleHistory", "Invite", "Alert", "Settings"])
def test_lookalikes_do_not_win(zoo, lonely):
    assert lonely in {model.__name__ for model in zoo}
    found, _ = recognise()
    assert lonely not in {table.model.__name__ for table in found.values()}


def test_what_is_missing_says_why_and_what_it_costs(zoo):
    found, missing = recognise([models.Tale, models.Phrase, models.Settings])
    assert set(found) == {"story", "word"}
    gaps = {gap.what: gap for gap in missing}
    assert set(gaps) == {"profiles", "friendships", "messages", "achievements"}
    assert gaps["profiles"].why == "no model has what it takes (user, display_name)"
    assert "login" in gaps["profiles"].costs


def test_a_likely_model_is_named_with_what_it_lacks():
    class StoryShelf(db.Model):
        title = db.CharField(max_length=10)

        class Meta:
            app_label = "zoo"
            managed = False

    _, missing = recognise([StoryShelf])
    [gap] = [gap for gap in missing if gap.what == "stories"]
    assert gap.why.endswith("; zoo.StoryShelf lacks author, content, is_published")


def test_two_that_fit_alike_are_not_guessed_between():
    found, missing = recognise([models.Bond, twin_of_bond("Tie")])
    assert "friendship" not in found
    [gap] = [gap for gap in missing if gap.what == "friendships"]
    assert gap.why == "zoo.Bond and zoo.Tie fit equally well"


def test_a_name_decides_between_two_that_fit_alike():
    friends = twin_of_bond("Friends")
    found, _ = recognise([models.Bond, friends])
    assert found["friendship"].model is friends


# Each lacks one thing without which it is nobody's table.
@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("words", {"word": db.CharField(max_length=9), "size": db.IntegerField()}),
        ("profiles", {"user": "person", "name": db.CharField(max_length=9), "bio": db.TextField()}),
        ("stories", {**STORY, "status": db.CharField(max_length=9)}),
        ("stories", {**STORY, "author": db.IntegerField(), "is_published": db.BooleanField()}),
    ],
)
def test_a_likeness_is_not_enough(what, body):
    body = {key: person() if field == "person" else field.clone() for key, field in body.items()}
    _, missing = recognise([made_of("Likeness", body)])
    assert what in {gap.what for gap in missing}


def test_a_whole_one_is_enough():
    body = {key: person() if field == "person" else field.clone() for key, field in STORY.items()}
    found, _ = recognise([made_of("Likeness", {**body, "is_published": db.BooleanField()})])
    assert set(found) == {"story"}


def person(**options):
    """Return a relation to the user model."""
    return db.ForeignKey(models.KEEPER, on_delete=db.CASCADE, related_name="+", **options)


def twin_of_bond(name):
    """Return a model with what a bond has, and a clock, which nobody must fill."""
    body = {"sender": person(), "receiver": person(), "status": db.CharField(max_length=10), "since": db.DateField()}
    return made_of(name, {**body, "seen": db.DateTimeField(default=timezone.now)})


def made_of(name, body):
    """Return a model that has no table."""
    apps.all_models["zoo"].pop(name.lower(), None)  # of the same name, made by another test
    meta = type("Meta", (), {"app_label": "zoo", "managed": False})
    return type(name, (db.Model,), {**body, "Meta": meta, "__module__": __name__})


def test_pictures_that_do_not_fit_are_missing():
    found, _ = recognise([models.Sketch])
    gaps = {gap.what: gap.why for gap in lost(found["story"])}
    assert gaps == {
        "story pages": "zoo.Sketch has no text column for it",
        "story covers": "zoo.Sketch.cover_image holds 500 characters, and a picture has 80,000",
    }
