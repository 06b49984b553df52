"""Drawings are pictures, and as long as they are to be."""

import base64
import random
import struct
import zlib

import pytest

from pixelload_seed import drawings
from pixelload_seed.stories import Album


@pytest.mark.parametrize("seed", range(6))
def test_they_are_as_long_as_promised(seed):
    made = drawings.data_urls(random.Random(seed))
    assert len({len(url) for url in made}) == drawings.DIFFERENT_DRAWINGS
    assert sum(map(len, made)) / len(made) == pytest.approx(drawings.MEAN_LENGTH, abs=4)


def test_they_are_png_pictures():
    url = drawings.data_url(random.Random(1), 80_500)
    data = base64.b64decode(url[len(drawings.HEAD) :])
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks, at = {}, 8
    while at < len(data):
        [length] = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + body),)
        chunks[kind] = body
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"paDd", b"IDAT", b"IEND"]
    scanlines = zlib.decompress(chunks[b"IDAT"])
    assert len(scanlines) == drawings.SIDE * (drawings.SIDE + 1)
    assert 0.1 < 1 - scanlines.count(drawings.WHITE) / len(scanlines) < 0.5


# A database that compresses its texts must not make little of them.
def test_they_cannot_be_compressed():
    url = drawings.data_url(random.Random(1), 80_500)
    assert len(zlib.compress(base64.b64decode(url[len(drawings.HEAD) :]))) > 0.98 * 60_000


def test_an_album_hands_out_all_alike():
    album = Album(random.Random(1))
    taken = album.take(3 * drawings.DIFFERENT_DRAWINGS)
    assert {taken.count(drawing) for drawing in album.drawings} == {3}
