"""The reference against recorded exchanges of the real application, all of them."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from .client import Person
from .conftest import SMALL
from .server import Server
from .transcripts import recordings, rest
from .transcripts.names import Names
from .transcripts.sockets import Scenario

REST, SOCKETS = "rest.ndjson", "sockets.ndjson"
REST_GROUPS = recordings.lines(REST, "group")
SCENARIOS = recordings.lines(SOCKETS, "scenario")


@pytest.fixture(scope="module")
def fresh(seeded, tmp_path_factory):
    """Return a function that starts a server on the recordings' setup, with everybody's names."""
    data = seeded(SMALL)
    running = []

    def start():
        server = Server(data.database, tmp_path_factory.mktemp("replay")).__enter__()
        running.append(server)
        users = data.manifest["users"]
        people = [Person(server, account, data.manifest["password"]) for account in users]
        stories = people[0].call("GET", "/stories/", query={"public": "true"}).json()["results"]
        return server, Names(people, [story["id"] for story in reversed(stories)])

    yield start
    for server in running:
        server.__exit__()


@pytest.fixture(scope="module", autouse=True)
def rest_answers(fresh):
    """What differs in each group, while it is being found out.

    One call waits for an invitation to go stale, a whole minute, so the REST calls are made in
    the background while the sockets are tried. Groups keep their recorded order, for later ones
    use what earlier ones made.
    """
    with ThreadPoolExecutor(1) as pool:
        if REST_GROUPS:
            server, names = fresh()
        yield {group: pool.submit(replay_group, group, server, names) for group in REST_GROUPS}


def replay_group(group, server, names):
    """Replay the calls of a group and return what differs."""
    return [
        f"{line['name']}: {difference}"
        for line in REST_GROUPS[group]
        for difference in rest.replay(line, server, names)
    ]


@pytest.fixture(scope="module")
def socket_server(fresh):
    return fresh()


@pytest.mark.skipif(not SCENARIOS, reason=recordings.why_skipped(SOCKETS))
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_sockets(scenario, socket_server):
    """Each scenario has its own sockets and session; friendships and messages stay."""
    found = Scenario(*socket_server).replay(SCENARIOS[scenario])
    assert not found, "\n".join(found)


@pytest.mark.skipif(not REST_GROUPS, reason=recordings.why_skipped(REST))
@pytest.mark.parametrize("group", REST_GROUPS)
def test_rest(group, rest_answers):
    found = rest_answers[group].result()
    assert not found, "\n".join(found)
