"""The remedies for heavy lists: what they answer, and what they leave behind."""

import asyncio
import gc
import json

import pytest
import requests

from pixeltales.collecting import CollectAfterLists

from .client import Person
from .server import Server

HEAVY = "stories=16,drawn=16,words=20"
MIB = 1024 * 1024
SAME = {"PIXELTALES_DEFER_IMAGES": "0", "PIXELTALES_LARGEST_PAGE": "100"}


def lists_of(made, folder, **variables):
    """Return the public, the own and the saved list, and one whole story, of a server."""
    with Server(made.database, folder, **variables) as server:
        person = Person(server, made.manifest["users"][0], made.manifest["password"])
        public = person.call("GET", "/stories/", query={"public": "true", "page_size": 100})
        story_id = public.json()["results"][0]["id"]
        assert person.call("POST", f"/stories/{story_id}/save/").status_code == 201
        return {
            "public": public.json(),
            "own": person.call("GET", "/stories/", query={"page_size": 100}).json(),
            "saved": person.call("GET", "/stories/saved/").json(),
            "story": person.call("GET", f"/stories/{story_id}/").json()["story"],
        }


@pytest.fixture(scope="module")
def whole(seeded, tmp_path_factory):
    """The lists as the application answers them."""
    return lists_of(seeded(), tmp_path_factory.mktemp("whole"), **SAME)


def emptied(story):
    """Return the story of a list as it is without its images."""
    return {**story, "cover_image": "", "canvas_data": "[]"}


def without_moment(story):
    """Return a saved story without when it was saved, which is another in each server."""
    return {key: value for key, value in story.items() if key != "date_saved"}


def test_deferred_lists_differ_in_their_images_alone(seeded, tmp_path, whole):
    lists = lists_of(seeded(), tmp_path, PIXELTALES_DEFER_IMAGES="1")
    for name in ("public", "own"):
        images = [s["canvas_data"] for s in whole[name]["results"]]
        assert len(images) > 0 and all(json.loads(text) for text in images)
        results = [emptied(s) for s in whole[name]["results"]]
        assert lists[name] == {**whole[name], "results": results}
    saved = [emptied(without_moment(s)) for s in whole["saved"]["stories"]]
    assert [without_moment(s) for s in lists["saved"]["stories"]] == saved


def test_deferred_leaves_a_single_story_whole(seeded, tmp_path, whole):
    story = lists_of(seeded(), tmp_path, PIXELTALES_DEFER_IMAGES="1")["story"]
    assert story == whole["story"]
    assert len(json.loads(story["canvas_data"])) == 7


def test_small_pages_cap_the_public_list(seeded, tmp_path):
    made = seeded(HEAVY)
    with Server(made.database, tmp_path, PIXELTALES_LARGEST_PAGE="12") as server:
        url = f"{server.base}/api/stories/"
        sizes = {}
        for asked in (100, 12, 5):
            page = requests.get(url, params={"public": "true", "page_size": asked}, timeout=60)
            sizes[asked] = len(page.json()["results"])
        first = requests.get(url, params={"page_size": 100}, timeout=60).json()
        second = requests.get(first["next"], timeout=60).json()
    assert sizes == {100: 12, 12: 12, 5: 5}
    assert (first["count"], len(first["results"]), len(second["results"])) == (16, 12, 4)
    assert second["next"] is None
    ids = [s["id"] for s in first["results"] + second["results"]]
    assert len(set(ids)) == 16


def test_small_pages_leave_the_callers_own_list(seeded, tmp_path, whole):
    own = lists_of(seeded(), tmp_path, PIXELTALES_LARGEST_PAGE="1")["own"]
    assert len(own["results"]) == len(whole["own"]["results"]) > 1


def test_collecting_answers_the_same(seeded, tmp_path, whole):
    lists = lists_of(seeded(), tmp_path, PIXELTALES_COLLECT_ABOVE_BYTES="1")
    assert lists["public"] == whole["public"]


def rise_over_lists(made, folder, **variables):
    """Return by how many bytes six public lists raise a server at most, and a list's bytes."""
    with Server(made.database, folder, **variables) as server:
        url = f"{server.base}/api/stories/?public=true&page_size=100"
        size = len(requests.get(f"{url}&search=nothing-has-this", timeout=60).content)
        before = most = server.anonymous_bytes()
        for _ in range(6):
            size = len(requests.get(url, timeout=60).content)
            most = max(most, server.anonymous_bytes())
    return most - before, size


def test_collecting_keeps_lists_from_piling_up(seeded, tmp_path):
    made = seeded(HEAVY)
    natural, size = rise_over_lists(made, tmp_path)
    collected, _ = rise_over_lists(made, tmp_path, PIXELTALES_COLLECT_ABOVE_BYTES=str(MIB))
    assert size > 5 * MIB
    assert collected < natural - 2 * size


@pytest.mark.parametrize(
    ("path", "answered", "collections"),
    [
        ("/api/stories/", 2 * MIB, 1),
        ("/api/stories/saved/", 2 * MIB, 1),
        ("/api/stories/", MIB, 0),
        ("/api/stories/7/", 2 * MIB, 0),
    ],
)
def test_only_large_lists_are_collected_after(path, answered, collections, capsys):
    class Loop:
        """Refers to itself, so only a collection ends it."""

        def __init__(self):
            self.itself = self

    async def application(scope, receive, send):
        scope["garbage"](Loop())
        for _ in range(2):
            await send({"type": "http.response.body", "body": b"x" * (answered // 2)})

    async def send(message):
        sent.append(len(message["body"]))

    sent, ended = [], []
    gc.collect()

    def note(loop):
        import weakref

        weakref.finalize(loop, ended.append, True)

    collecting = CollectAfterLists(application, MIB)
    gc.disable()
    try:
        asyncio.run(collecting({"type": "http", "path": path, "garbage": note}, None, send))
    finally:
        gc.enable()
    assert sum(sent) == answered
    assert (collecting.collections, len(ended)) == (collections, collections)
    assert (collecting.seconds > 0) == (collections > 0)
    collecting.say()
    assert f"{collections} collections after lists" in capsys.readouterr().err
