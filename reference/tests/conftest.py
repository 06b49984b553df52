"""Databases and servers shared by tests. Each server has its own copy of a database."""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from .client import Person
from .server import Server, manage

SMALL = "stories=6,drawn=2,words=20"
USERS = 12


@dataclass(frozen=True)
class Seeded:
    """A database that nobody writes to, and its manifest."""

    database: Path
    manifest: dict


@pytest.fixture(scope="session")
def seeded(tmp_path_factory):
    """Return a function that makes the database of a data profile, once for each."""
    made = {}

    def make(data=SMALL):
        if data not in made:
            folder = tmp_path_factory.mktemp("data")
            database, manifest = folder / "seeded.sqlite3", folder / "manifest.json"
            manage(database, "migrate")
            manage(database, "seed", "--data", data, "--users", str(USERS), "--manifest", manifest)
            made[data] = Seeded(database, json.loads(manifest.read_text()))
        return made[data]

    return make


@pytest.fixture(scope="module")
def server(seeded, tmp_path_factory):
    """A server on small data, shared by the tests of a module."""
    with Server(seeded().database, tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def people(server, seeded):
    """The first four users, logged in."""
    manifest = seeded().manifest
    return [Person(server, account, manifest["password"]) for account in manifest["users"][:4]]
