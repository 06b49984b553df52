"""Both sockets against a real server: who hears what, and who does not."""

import pytest
from websockets.exceptions import InvalidStatus

from .client import Socket

STROKE = {"type": "brush", "itemId": "item_1_a", "points": [{"x": 1.5, "y": 2}]}
PLACE = {"page_id": "pg1", "page_index": 0, "is_cover_image": False}


@pytest.fixture
def room(people):
    """A session with a host and a guest, both past their `init`."""
    host, guest = people[:2]
    session = host.call("POST", "/collaborate/create/", {"max_participants": 5}).json()["session"]
    sockets = [host.open(session["websocket_url"])]
    sockets[0].receive_until("init")
    sockets.append(guest.open(session["websocket_url"]))
    sockets[1].receive_until("init")
    sockets[0].receive_until("user_joined")
    yield session, *sockets
    for socket in sockets:
        socket.close()


def is_silent(socket):
    """Say whether nothing comes within a moment."""
    try:
        socket.receive(timeout=0.3)
    except TimeoutError:
        return True
    return False


def test_notifications_greet_and_answer_pings(people):
    socket = people[0].open("/ws/notifications/")
    assert socket.receive_until("connection")["user_id"] == people[0].id
    socket.send({"type": "ping"})
    assert socket.receive_until("pong") == {"type": "pong"}
    socket.close()


def test_friends_hear_of_each_other(people):
    first, second = people[:2]
    socket = first.open("/ws/notifications/")
    socket.receive_until("connection")
    second.open("/ws/notifications/").close()
    assert socket.receive_until("friend_online")["user_id"] == second.id
    assert socket.receive_until("friend_offline")["username"] == second.username
    socket.close()


def test_a_message_reaches_its_receiver_only(people):
    first, second = people[:2]
    sender, receiver = first.open("/ws/notifications/"), second.open("/ws/notifications/")
    receiver.receive_until("connection")
    sender.receive_until("friend_online")
    first.call("POST", "/messages/send/", {"receiver_id": second.id, "content": "The kettle"})
    assert receiver.receive_until("new_message")["message"]["content"] == "The kettle"
    assert is_silent(sender)
    sender.close()
    receiver.close()


def test_init_tells_a_newcomer_what_there_is(people, room):
    session = room[0]
    socket = people[2].open(session["websocket_url"])
    init = socket.receive_until("init")
    assert [seat["user_id"] for seat in init["participants"]] == [p.id for p in people[:3]]
    assert init["current_user_id"] == people[2].id
    assert (init["canvas_data"], init["story_draft"]) == ({}, {})
    socket.close()


@pytest.mark.parametrize(
    ("sent", "key", "value"),
    [
        ({"type": "draw", "data": STROKE, **PLACE}, "data", STROKE),
        ({"type": "cursor", "position": {"x": 1, "y": 2}, **PLACE}, "position", {"x": 1, "y": 2}),
        ({"type": "presence_update", "current_tool": "brush"}, "current_tool", "brush"),
        ({"type": "text_edit", "text": "It folds.", **PLACE}, "text", "It folds."),
        ({"type": "title_edit", "title": " Moon "}, "title", "Moon"),
    ],
)
def test_others_hear_and_the_sender_does_not(people, room, sent, key, value):
    _, host, guest = room
    guest.send(sent)
    heard = host.receive_until(sent["type"])
    assert (heard["user_id"], heard[key]) == (people[1].id, value)
    assert is_silent(guest)


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        ({"type": "page_change", "page_number": 1}, "page_change"),
        ({"type": "clear", **PLACE}, "clear"),
        ({"type": "add_page", "page_data": {"text": "x"}, "page_index": 0}, "page_added"),
    ],
)
def test_some_messages_come_back_to_the_sender(people, room, sent, heard):
    _, host, guest = room
    guest.send(sent)
    assert host.receive_until(heard)["user_id"] == people[1].id
    assert guest.receive_until(heard)["user_id"] == people[1].id


def test_strokes_are_stored_one_by_one(people, room):
    session, host, guest = room
    for _ in range(3):
        guest.send({"type": "draw", "data": STROKE, **PLACE})
    for _ in range(3):
        host.receive_until("draw")
    path = f"/collaborate/{session['session_id']}/operations/"
    stored = people[1].call("GET", path).json()["operations"]
    assert [row["sequence_number"] for row in stored] == [0, 1, 2]
    assert stored[0]["operation_data"]["drawing_data"] == STROKE


def test_a_failing_message_is_answered_and_the_socket_lives(room):
    guest = room[2]
    guest.send_raw("not json")
    assert guest.receive_until("error")["message"] == "Invalid JSON"
    guest.send({"type": "page_change", "page_number": "x"})
    assert "expected a number" in guest.receive_until("error")["message"]


def test_a_binary_frame_ends_the_consumer(room):
    guest = room[2]
    guest.send_raw(b"\x00")
    assert guest.close_code() == 1011


@pytest.mark.parametrize("token", ["", "?token=nonsense"])
def test_strangers_are_refused_before_the_handshake(server, token):
    with pytest.raises(InvalidStatus) as refused:
        Socket(server, f"/ws/notifications/{token}")
    assert refused.value.response.status_code == 403


def test_a_full_session_refuses_and_still_tells_of_the_refused(people):
    host, guest = people[:2]
    session = host.call("POST", "/collaborate/create/", {"max_participants": 1}).json()["session"]
    socket = host.open(session["websocket_url"])
    socket.receive_until("init")
    with pytest.raises(InvalidStatus):
        guest.open(session["websocket_url"])
    assert socket.receive_until("user_left")["user_id"] == guest.id
    socket.close()


def test_starting_a_session_tells_the_participants(people):
    host, guest = people[:2]
    session = host.call("POST", "/collaborate/create/", {}).json()["session"]
    guest.call("POST", "/collaborate/join-by-code/", {"join_code": session["join_code"]})
    socket = guest.open("/ws/notifications/")
    socket.receive_until("connection")
    host.call("POST", f"/collaborate/{session['session_id']}/start/")
    started = socket.receive_until("collaboration_session_started")
    assert started["session_id"] == session["session_id"]
    socket.close()
