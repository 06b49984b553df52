"""Replaying one REST line."""

import time

import requests

from .comparing import OWN_VALUES, differences

TIMEOUT_SECONDS = 60


def replay(line, server, names):
    """Send a line's call, remember what it says to remember, and return what differs."""
    time.sleep(line.get("wait", 0))
    answer = send(line, server, names)
    found = header_differences(line, answer)
    if found:
        return found
    body = body_of(answer)
    if isinstance(body, dict):
        names.save(line.get("save", {}), body)
    own_values = OWN_VALUES.get(line.get("group"), set())
    return differences(line["response"], body, names, loose=own_values)


def send(line, server, names):
    """Send the call as recorded; redirects are not followed."""
    return requests.request(
        line["method"],
        server.base + names.put_into(line["path"]),
        params=line.get("query"),
        headers=headers_of(line, names),
        data=line.get("raw"),
        json=names.put_into(line["request"]),
        allow_redirects=False,
        timeout=TIMEOUT_SECONDS,
    )


def headers_of(line, names):
    """Return the line's headers: its token's, those of a body sent as it stands, and its own."""
    token = names.token_of(line["as"], line.get("auth"))
    bearer = {"Authorization": f"Bearer {token}"} if token else {}
    raw = {"Content-Type": "application/json"} if "raw" in line else {}
    return {**bearer, **raw, **line.get("headers", {})}


def header_differences(line, answer):
    """Compare status, content type and the target of a redirect."""
    content_type = answer.headers.get("Content-Type", "").partition(";")[0] or None
    pairs = [
        ("status", line["status"], answer.status_code),
        ("content type", line["content_type"], content_type),
        ("location", line.get("location"), answer.headers.get("Location")),
    ]
    return [f"{what}: {got} in place of {wanted}" for what, wanted, got in pairs if got != wanted]


def body_of(answer):
    """Return an answer's JSON, or the words that recordings use for what is not JSON."""
    if not answer.content:
        return ""
    if answer.headers["Content-Type"].startswith("text/html"):
        return "<html>"
    return answer.json()
