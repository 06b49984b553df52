"""Variants of the server, each a matter of environment variables."""

from pathlib import Path

import pytest
import requests
from websockets.exceptions import InvalidStatus

from pixeltales.databases import database_from
from pixeltales.layers import channel_layers

from .client import Person
from .server import Server

WORDS = "/api/profanity/active/?language=all"


def test_gunicorn_serves_rest_and_no_sockets(seeded, tmp_path):
    made = seeded()
    with Server(made.database, tmp_path, PIXELTALES_SERVER="gunicorn") as server:
        person = Person(server, made.manifest["users"][0], made.manifest["password"])
        assert person.call("GET", "/stories/").status_code == 200
        with pytest.raises(InvalidStatus) as refused:
            person.open("/ws/notifications/")
        assert refused.value.response.status_code == 404
        workers = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        assert len(workers.read_text().split()) == 2


def test_the_word_list_is_cached_when_asked_for(seeded, tmp_path):
    with Server(seeded().database, tmp_path, PIXELTALES_WORD_CACHE_SECONDS="3600") as server:
        answers = [requests.get(server.base + WORDS, timeout=20).json() for _ in range(2)]
    assert [answer["cached"] for answer in answers] == [False, True]
    assert answers[0]["words"] == answers[1]["words"]


def test_postgresql_gets_its_age_and_timeouts():
    database = database_from(
        {
            "DATABASE_URL": "postgres://u:p@db/name",
            "CONN_MAX_AGE": "300",
            "PIXELTALES_CONNECT_TIMEOUT": "10",
            "PIXELTALES_STATEMENT_TIMEOUT": "30",
        },
        Path(),
    )
    assert database["CONN_MAX_AGE"] == 300
    assert database["OPTIONS"] == {
        "connect_timeout": 10,
        "options": "-c statement_timeout=30000",
    }


@pytest.mark.parametrize(
    ("url", "age"), [("postgres://u:p@db/name", 600), ("sqlite:////tmp/x.sqlite3", 0)]
)
def test_connections_live_as_long_as_in_the_application(url, age):
    assert database_from({"DATABASE_URL": url}, Path())["CONN_MAX_AGE"] == age


def test_the_layer_is_chosen_by_name():
    assert "InMemory" in channel_layers({})["default"]["BACKEND"]
    redis = channel_layers(
        {"PIXELTALES_CHANNEL_LAYER": "redis", "REDIS_URL": "redis://127.0.0.1:6379/0"}
    )
    [host] = redis["default"]["CONFIG"]["hosts"]
    assert host["address"] == "redis://127.0.0.1:6379/0"
    with pytest.raises(ValueError, match="use memory or redis"):
        channel_layers({"PIXELTALES_CHANNEL_LAYER": "pigeon"})
