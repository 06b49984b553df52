"""What goes wrong under load, as it does in the application."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import requests

from .server import Server

LIST = "/api/stories/?public=true&page_size=100"
MIB = 1 << 20


def locked(server):
    """Return a connection that holds the database's write lock until it is closed."""
    connection = sqlite3.connect(server.database, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_list_requests_leave_their_answers_behind(seeded, tmp_path):
    """One client asks for the list again and again; nobody holds what memory is left with."""
    with Server(seeded("typical").database, tmp_path) as server:
        answer = len(requests.get(server.base + LIST, timeout=20).content)
        before = server.anonymous_bytes()
        largest = before
        for _ in range(8):
            requests.get(server.base + LIST, timeout=20)
            largest = max(largest, server.anonymous_bytes())
    assert answer > 18 * MIB
    assert largest - before > 3 * answer


def test_sockets_leave_nothing_like_it(server, people):
    """Hundreds of strokes move memory by a few MiB at most."""
    session = people[0].call("POST", "/collaborate/create/", {}).json()["session"]
    host, guest = (person.open(session["websocket_url"]) for person in people[:2])
    before = server.anonymous_bytes()
    points = [{"x": 1.25, "y": 2.5}] * 90
    for _ in range(200):
        guest.send({"type": "draw", "data": {"points": points}, "page_id": "p", "page_index": 0})
    for _ in range(200):
        host.receive_until("draw")
    assert server.anonymous_bytes() - before < 16 * MIB
    host.close()
    guest.close()


def test_every_request_has_a_thread_of_its_own(server, people):
    """Threads are counted while several logins hash passwords at once."""
    tasks = Path(f"/proc/{server.process.pid}/task")
    person, at_once = people[0], 6
    body = {"email": person.email, "password": person.password}

    def log_in():
        return requests.post(f"{server.base}/api/auth/login/", json=body, timeout=20).status_code

    before = most = len(list(tasks.iterdir()))
    with ThreadPoolExecutor(at_once) as pool:
        logins = [pool.submit(log_in) for _ in range(at_once)]
        while not all(login.done() for login in logins):
            most = max(most, len(list(tasks.iterdir())))
    assert {login.result() for login in logins} == {200}
    assert most >= before + at_once


def test_two_first_looks_at_achievements_collide(people):
    """Both calls insert the same rows, and one of the two fails."""
    collided = []
    for person in people:
        with ThreadPoolExecutor(2) as pool:
            looks = pool.map(lambda _, p=person: p.call("GET", "/achievements/progress/"), range(2))
            collided.append(sorted(look.status_code for look in looks))
        assert person.call("GET", "/achievements/progress/").status_code == 200
    assert [200, 500] in collided


def test_a_slow_sockets_queue_drops_what_is_over_a_hundred(server, people):
    """A guest waits for the database's lock; of 150 messages meanwhile it gets some hundred."""
    host, guest = people[:2]
    session = host.call("POST", "/collaborate/create/", {}).json()["session"]
    sockets = [person.open(session["websocket_url"]) for person in (host, guest)]
    for socket in sockets:
        socket.receive_until("init")
    lock = locked(server)
    sockets[1].send({"type": "cursor", "position": {"x": 1, "y": 1}})
    path = f"/collaborate/{session['session_id']}/vote/"
    for _ in range(150):
        assert host.call("POST", path).status_code == 200
    lock.close()
    assert votes_heard(sockets[0]) == 150
    assert 100 <= votes_heard(sockets[1]) <= 102
    for socket in sockets:
        socket.close()


def votes_heard(socket):
    """Count the votes that come until nothing more does."""
    count = 0
    try:
        while True:
            count += socket.receive(timeout=1)["type"] == "vote_initiated"
    except TimeoutError:
        return count


def test_writers_give_up_on_a_locked_database(server, people):
    """An autosave waits five seconds for SQLite's lock and then fails."""
    story_id = people[0].call("GET", "/stories/").json()["results"][0]["id"]
    lock = locked(server)
    answer = people[0].call("PATCH", f"/stories/{story_id}/update/", {"title": "Late"})
    lock.close()
    assert answer.status_code == 500
    assert answer.elapsed.total_seconds() > 4.5
