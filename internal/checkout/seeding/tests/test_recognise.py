"""Tables are told by what is in them."""

import pytest

from pixelload_seed.recognise import recognise
from pixelload_seed.stories import lost
from zoo import models


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
    class StoryShelf(models.models.Model):
        title = models.models.CharField(max_length=10)

        class Meta:
            app_label = "zoo"
            managed = False

    _, missing = recognise([StoryShelf])
    [gap] = [gap for gap in missing if gap.what == "stories"]
    assert gap.why.endswith("; zoo.StoryShelf lacks author, content, is_published")


def test_two_that_fit_alike_are_not_guessed_between():
    found, missing = recognise([models.Bond, twin_of_bond()])
    assert "friendship" not in found
    [gap] = [gap for gap in missing if gap.what == "friendships"]
    assert gap.why == "zoo.Bond and zoo.Tie fit equally well"


def twin_of_bond():
    class Tie(models.models.Model):
        sender = models.models.ForeignKey(models.KEEPER, on_delete=models.models.CASCADE, related_name="+")
        receiver = models.models.ForeignKey(models.KEEPER, on_delete=models.models.CASCADE, related_name="+")
        status = models.models.CharField(max_length=10)
        since = models.models.DateField()

        class Meta:
            app_label = "zoo"
            managed = False

    return Tie


def test_pictures_that_do_not_fit_are_missing():
    found, _ = recognise([models.Sketch])
    gaps = {gap.what: gap.why for gap in lost(found["story"])}
    assert gaps == {
        "story pages": "zoo.Sketch has no text column for it",
        "story covers": "zoo.Sketch.cover_image holds 500 characters, and a picture has 80,000",
    }
