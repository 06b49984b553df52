"""A small ASGI app in which one thing is wrong, named by PLANTED; everything else is harmless.

It answers a few of the paths that PixelTales has, so that they are asked for. What is wrong lies
on paths that cost nothing in PixelTales: the name of a path must not lead to the cause.
"""

import asyncio
import json
import os
from urllib.parse import parse_qs

PLANTED = os.environ["PLANTED"]
KIB = 1024
MIB = 1024 * KIB

kept = []
answers = {}


class Page:
    """Something that refers to itself by way of its reader, and holds text."""


def leak():
    kept.append(os.urandom(256 * KIB))


def cyclic():
    page, reader = Page(), Page()
    page.reader, reader.page = reader, page
    page.text = "x" * (6 * MIB)


def cache(query):
    answers.setdefault(query.get("q", [""])[0], os.urandom(512 * KIB))


def large():
    parts = [bytes(MIB) for _ in range(48)]
    return len(b"".join(parts))


CAUSES = {
    "/api/friends/": ("leak", lambda query: leak()),
    "/api/users/rewards/": ("cyclic", lambda query: cyclic()),
    "/api/users/search/": ("cache", cache),
    "/api/social/leaderboard/": ("large", lambda query: large()),
}
HARMLESS = {"/api/profanity/active/", "/api/auth/profile/", "/api/stories/saved/", "/api/achievements/progress/"}


async def application(scope, receive, send):
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await websocket(scope, receive, send)


async def http(scope, receive, send):
    path = scope["path"]
    cause, do = CAUSES.get(path, ("", None))
    if cause == PLANTED:
        do(parse_qs(scope["query_string"].decode()))
    status = 200 if path in CAUSES or path in HARMLESS else 404
    body = json.dumps({"success": status == 200, "words": ["paper", "boat"] * 50}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def websocket(scope, receive, send):
    await receive()
    if scope["path"] != "/ws/notifications/":
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": '{"type":"connection"}'})
    waiting = asyncio.Queue()  # without bound, and its worker is slow
    worker = asyncio.ensure_future(work(waiting, send))
    while True:
        event = await receive()
        if event["type"] == "websocket.disconnect":
            break
        if PLANTED == "queue":
            waiting.put_nowait(event["text"])
        else:
            await send({"type": "websocket.send", "text": '{"type":"pong"}'})
    worker.cancel()


async def work(waiting, send):
    while True:
        await waiting.get()
        await asyncio.sleep(0.5)
        await send({"type": "websocket.send", "text": '{"type":"pong"}'})
