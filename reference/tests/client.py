"""A person at a client: REST calls and sockets with a token."""

import json

import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

TIMEOUT_SECONDS = 60


class Person:
    """One logged-in user of a server."""

    def __init__(self, server, account, password):
        self.server = server
        self.id = account["id"]
        self.username = account["username"]
        self.email = account["email"]
        self.password = password
        answer = requests.post(
            f"{server.base}/api/auth/login/",
            json={"email": self.email, "password": password},
            timeout=TIMEOUT_SECONDS,
        ).json()
        self.access, self.refresh = answer["access"], answer["refresh"]

    def call(self, method, path, body=None, query=None):
        """Send one REST call with the token and return the answer."""
        return requests.request(
            method,
            f"{self.server.base}/api{path}",
            json=body,
            params=query,
            headers={"Authorization": f"Bearer {self.access}"},
            timeout=TIMEOUT_SECONDS,
        )

    def open(self, path):
        """Open a socket with the token in the query."""
        return Socket(self.server, f"{path}?token={self.access}")


class Socket:
    """One open socket; refused handshakes raise the library's InvalidStatus."""

    def __init__(self, server, path, headers=None):
        url = f"ws://127.0.0.1:{server.port}{path}"
        self.connection = connect(
            url, compression=None, ping_interval=None, max_size=None, additional_headers=headers
        )

    def send(self, message):
        """Send a message as JSON."""
        self.send_raw(json.dumps(message))

    def send_raw(self, frame):
        """Send text or bytes as they are."""
        self.connection.send(frame)

    def receive(self, timeout=TIMEOUT_SECONDS):
        """Return the next message; nothing in time is a TimeoutError."""
        return json.loads(self.connection.recv(timeout))

    def receive_until(self, kind):
        """Return the next message of a type, skipping others."""
        while True:
            message = self.receive()
            if message["type"] == kind:
                return message

    def close(self, code=1000):
        """Close the socket."""
        self.connection.close(code)

    def close_code(self, timeout=TIMEOUT_SECONDS):
        """Return the code with which the server closes, after whatever it still sends."""
        try:
            while True:
                self.connection.recv(timeout)
        except ConnectionClosed as closed:
            return closed.rcvd.code
