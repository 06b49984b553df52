"""Stories over REST: whole rows, images and all."""

import json

import requests

PICTURE = "data:image/png;base64,iVBORw0KGgo="
STORY = {
    "title": "Sky boats",
    "content": "One day...\n\n---PAGE BREAK---\n\nThen...",
    "canvas_data": json.dumps([{"id": "cover", "order": -1, "canvasData": PICTURE}]),
    "cover_image": PICTURE,
    "category": "adventure",
    "genres": ["adventure"],
    "language": "en",
}


def public(server, **query):
    """Return the public list as a stranger sees it."""
    url = f"{server.base}/api/stories/"
    return requests.get(url, params={"public": "true", **query}, timeout=20)


def test_the_public_list_holds_all_images(server):
    page = public(server, page_size=100).json()
    drawn = [s for s in page["results"] if s["cover_image"].startswith("data:")]
    assert (page["count"], len(drawn)) == (6, 2)
    pages = json.loads(drawn[0]["canvas_data"])
    assert len(pages) == 7
    assert pages[0]["canvasData"] == drawn[0]["cover_image"]


def test_pages_are_counted(server):
    first = public(server, page_size=4).json()
    second = requests.get(first["next"], timeout=20).json()
    assert (len(first["results"]), len(second["results"])) == (4, 2)


def test_a_story_is_written_and_echoed_whole(people):
    created = people[0].call("POST", "/stories/create/", STORY)
    assert created.status_code == 201
    story = created.json()["story"]
    assert {key: story[key] for key in STORY} == STORY
    path = f"/stories/{story['id']}/update/"
    updated = people[0].call("PATCH", path, {**STORY, "title": "Sea boats"}).json()["story"]
    assert updated["title"] == "Sea boats"
    assert people[1].call("PATCH", path, {"title": "Taken"}).status_code == 404


def test_reading_counts_views(people):
    story_id = (
        people[0].call("GET", "/stories/", query={"public": "true"}).json()["results"][0]["id"]
    )
    path = f"/stories/{story_id}/"
    before = people[1].call("GET", path).json()["story"]["views"]
    people[1].call("GET", path)
    stats = people[1].call("GET", f"{path}stats/").json()
    assert stats["views"] == before + 1
