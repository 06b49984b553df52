"""Pages as if drawn by hand: real PNG pictures of pencil strokes, as data URLs of a chosen length.

What a server does with a page depends on its length alone, so the length is exact: the grain of the
strokes fills nearly all of it, for it cannot be compressed, and a chunk of random bytes the rest.
"""

import base64
import math
import struct
import zlib

SIDE = 500
HEAD = "data:image/png;base64,"
DIFFERENT_DRAWINGS = 16
# The mean length of a page of 20 strokes that a browser exports, of 640 that were drawn.
MEAN_LENGTH = 80_500
SPREAD = 0.08  # the shortest and the longest are this much away from the mean
WHITE = 255
BRUSH = 4  # pixels from a stroke's middle to its edge
GRAINS_A_BYTE = 0.7  # pixels of stroke for each byte of the picture: they need 1.26 bytes each
CHUNK_FRAME = 12  # bytes of a chunk around its data


def data_urls(rng):
    """Return drawings to choose pages from, evenly spread in length around the mean."""
    steps = [2 * place / (DIFFERENT_DRAWINGS - 1) - 1 for place in range(DIFFERENT_DRAWINGS)]
    return [data_url(rng, int(MEAN_LENGTH * (1 + SPREAD * step))) for step in steps]


def data_url(rng, length):
    """Return a drawing as a data URL of the length, or up to three characters less."""
    size = (length - len(HEAD)) // 4 * 3
    scanlines = zlib.compress(pencilled(rng, int(size * GRAINS_A_BYTE)))
    bare = png(scanlines)
    padding = noise(rng, size - len(bare) - CHUNK_FRAME)
    return HEAD + base64.b64encode(png(scanlines, chunk(b"paDd", padding))).decode()


def png(scanlines, more=b""):
    """Return a picture in shades of grey from compressed scanlines, with one chunk more."""
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 0, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + more + chunk(b"IDAT", scanlines) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def chunk(kind, data):
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pencilled(rng, pixels):
    """Return the scanlines of a white page with strokes that cover so many pixels."""
    rows = [bytearray([WHITE]) * SIDE for _ in range(SIDE)]
    while pixels > 0:
        for x, y in stroke(rng):
            for row in rows[y - BRUSH : y + BRUSH]:
                fresh = row.count(WHITE, x - BRUSH, x + BRUSH)
                row[x - BRUSH : x + BRUSH] = shades(rng, 2 * BRUSH)
                pixels -= fresh
    return b"".join(b"\0" + bytes(row) for row in rows)


def stroke(rng):
    """Return the points of a wandering line, five pixels apart."""
    x, y, angle = rng.uniform(40, SIDE - 40), rng.uniform(40, SIDE - 40), rng.uniform(0, math.tau)
    points = []
    for _ in range(30):
        angle += rng.gauss(0, 0.3)
        x = min(SIDE - 10, max(10, x + 5 * math.cos(angle)))
        y = min(SIDE - 10, max(10, y + 5 * math.sin(angle)))
        points.append((int(x), int(y)))
    return points


def shades(rng, count):
    """Return random shades of grey, none of them white."""
    return noise(rng, count).replace(b"\xff", b"\0")


def noise(rng, count):
    """Return random bytes."""
    return rng.getrandbits(8 * count).to_bytes(count, "big") if count else b""
