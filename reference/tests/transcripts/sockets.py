"""Replaying the steps of a socket scenario: an action, then what each socket got."""

import json
import time

from websockets.exceptions import ConnectionClosed, InvalidStatus

from ..client import Socket
from . import rest
from .comparing import differences

# What was recorded is waited for, with patience on a busy machine; what nobody recorded must
# stay away for a moment after the last one that was.
PATIENCE_SECONDS = 15
SETTLE_SECONDS = 0.5
QUIET_SECONDS = 0.1
ACTIONS = {"open", "send", "rest"}


def steps_of(events):
    """Return pairs of an action and its receipts by socket."""
    steps = []
    for event in events:
        if event["dir"] in ACTIONS or event.get("by") == "client":
            steps.append((event, {}))
        else:
            steps[-1][1].setdefault(event["socket"], []).append(event)
    return steps


class Scenario:
    """The sockets of one scenario, each with what it got since the last step."""

    def __init__(self, server, names):
        self.server, self.names = server, names
        self.open_sockets = {}

    def replay(self, events):
        """Play all steps and return what differs."""
        found = []
        for action, receipts in steps_of(events):
            where = f"step {action['step']}"
            lines, refused = self.act(action)
            lines += self.compare(receipts, self.collect(receipts) | refused)
            found += [f"{where}: {line}" for line in lines]
        self.close_all()
        return found

    def act(self, action):
        """Do one action; return differences of a REST answer, and the refusal of an opening."""
        if action["dir"] == "rest":
            return rest.replay(action, self.server, self.names), {}
        name = action["socket"]
        if action["dir"] == "open":
            return [], self.open(name, action)
        if action["dir"] == "send":
            self.open_sockets[name].send_raw(self.frame_of(action))
        else:
            self.open_sockets.pop(name).close(action["code"])
        return [], {}

    def open(self, name, action):
        """Open a socket; return its refusal as the one thing that it got."""
        path = self.names.put_into(action["path"])
        auth = action.get("auth")
        token = self.names.token_of(action["as"], auth)
        headers = {"Authorization": f"Bearer {token}"} if auth == "header" else None
        query = f"?token={token}" if token and not headers else ""
        try:
            self.open_sockets[name] = Socket(self.server, path + query, headers)
        except InvalidStatus as error:
            refusal = {"dir": "refused", "status": error.response.status_code}
            return {name: [refusal]}
        return {}

    def frame_of(self, action):
        """Return a frame: JSON, text as it stands, or bytes."""
        if "binary" in action:
            return bytes.fromhex(action["binary"])
        if "text" in action:
            return action["text"]
        return json.dumps(self.names.put_into(action["data"]))

    def collect(self, receipts):
        """Wait for what was recorded and for a moment of silence; return what came, by socket."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        wanted = {name: len(events) for name, events in receipts.items()}
        got = {name: [] for name in self.open_sockets}
        while time.monotonic() < deadline and any(
            len(got.get(name, [])) < count
            for name, count in wanted.items()
            if name in self.open_sockets
        ):
            self.drain(got)
        time.sleep(QUIET_SECONDS)
        self.drain(got)
        return {name: events for name, events in got.items() if events}

    def drain(self, got):
        """Take from every open socket what has come, for a hundredth of a second each."""
        for name, socket in list(self.open_sockets.items()):
            try:
                while True:
                    got[name].append({"dir": "recv", "data": socket.receive(0.01)})
            except TimeoutError:
                continue
            except ConnectionClosed as closed:
                got[name].append({"dir": "close", "code": closed.rcvd.code})
                del self.open_sockets[name]

    def compare(self, receipts, got):
        """Compare what the sockets got, message by message in their order."""
        if [*sorted(receipts)] != [*sorted(got)]:
            return [f"{sorted(got)} got something in place of {sorted(receipts)}: {got}"]
        found = []
        for name, events in receipts.items():
            wanted = [comparable(event) for event in events]
            found += differences(wanted, got[name], self.names, name)
        return found

    def close_all(self):
        """Close what is still open, so that the next scenario begins alone."""
        for socket in self.open_sockets.values():
            socket.close()
        time.sleep(SETTLE_SECONDS)


def comparable(event):
    """Return the part of a recorded receipt that a client can see."""
    return {key: event[key] for key in ("dir", "data", "status", "code") if key in event}
