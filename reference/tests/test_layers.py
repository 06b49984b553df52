"""The channel layers of the variants."""

import asyncio
import os
import shutil
import subprocess

import pytest
from channels_redis.core import RedisChannelLayer

from pixeltales.layers import channel_layers

QUIET = 7  # seconds: longer than the layer waits at a time


@pytest.fixture
def redis(tmp_path):
    """A Redis of its own on a socket; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        if os.environ.get("PIXELLOAD_REQUIRE") == "1":
            pytest.fail("required: redis-server is missing")
        pytest.skip("redis-server is missing: the layer in Redis was not tried")
    path = tmp_path / "redis.sock"
    server = subprocess.Popen(
        [program, "--port", "0", "--unixsocket", str(path), "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            if path.exists():
                break
            asyncio.run(asyncio.sleep(0.1))
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.wait()


def test_a_quiet_socket_lives_in_redis(redis):
    config = channel_layers({"PIXELTALES_CHANNEL_LAYER": "redis", "REDIS_URL": redis})["default"]["CONFIG"]

    async def hears():
        layer = RedisChannelLayer(**config)
        name = await layer.new_channel()
        waiting = asyncio.create_task(layer.receive(name))
        await asyncio.sleep(QUIET)
        await layer.send(name, {"type": "late"})
        return await asyncio.wait_for(waiting, 5)

    assert asyncio.run(hears())["type"] == "late"
