"""The seeded data: as much as promised, and the same every time."""

import base64
import io
import json
import sqlite3
import stat
import subprocess

import pytest
from PIL import Image

from .server import manage

MIB = 1 << 20


def rows(database, statement):
    """Return what a statement finds."""
    with sqlite3.connect(database) as connection:
        return connection.execute(statement).fetchall()


@pytest.mark.parametrize(
    ("data", "stories", "drawn", "mib"), [("light", 30, 10, 6.2), ("typical", 30, 30, 18.5)]
)
def test_a_profile_holds_what_it_says(seeded, data, stories, drawn, mib):
    made = seeded(data)
    described = made.manifest["data"]
    assert (described["public_stories"], described["drawn_stories"]) == (stories, drawn)
    assert described["public_bytes"] == pytest.approx(mib * MIB, rel=0.05)
    columns = ("title", "content", "canvas_data", "cover_image", "summary")
    total = " + ".join(f"length(cast({column} as blob))" for column in columns)
    [(stored,)] = rows(
        made.database, f"select sum({total}) from storybook_story where is_published"
    )
    assert described["public_bytes"] == stored


def test_drawn_pages_are_pictures(seeded):
    [(canvas_data,)] = rows(
        seeded().database,
        "select canvas_data from storybook_story where canvas_data like '%base64%' limit 1",
    )
    page = json.loads(canvas_data)[1]["canvasData"]
    assert len(page) == pytest.approx(79 * 1024, rel=0.1)
    picture = Image.open(io.BytesIO(base64.b64decode(page.partition(",")[2])))
    assert (picture.format, picture.size) == ("PNG", (500, 500))


def test_everybody_has_friends_and_a_draft(seeded):
    made = seeded()
    count = len(made.manifest["users"])
    [(friendships,)] = rows(made.database, "select count(*) from storybook_friendship")
    [(drafts,)] = rows(made.database, "select count(*) from storybook_story where not is_published")
    assert (friendships, drafts) == (4 * count, count)
    assert made.manifest["data"]["friends_a_user"] == 8


def test_the_same_seed_gives_the_same_data(seeded, tmp_path):
    made = seeded()
    manifest = tmp_path / "manifest.json"
    manage(tmp_path / "again.sqlite3", "migrate")
    arguments = ["--data", made.manifest["data"]["name"], "--users", "12"]
    manage(tmp_path / "again.sqlite3", "seed", *arguments, "--manifest", manifest)
    assert json.loads(manifest.read_text()) == made.manifest
    assert stat.S_IMODE(manifest.stat().st_mode) == 0o600
    statement = "select * from storybook_story"
    assert rows(tmp_path / "again.sqlite3", statement) == rows(made.database, statement)


@pytest.mark.parametrize("data", ["huge", "stories=1,drawn=2,words=3", "stories=x,drawn=1,words=1"])
def test_unknown_data_is_refused(seeded, tmp_path, data):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        manage(seeded().database, "seed", "--data", data, "--manifest", tmp_path / "m.json")
    assert failed.value.stderr.startswith("CommandError: --data: ")
