"""Hand-drawn pages: real PNG pictures with strokes like a child's, as data URLs."""

import base64
import io
import math

from PIL import Image, ImageDraw

SIZE = 500
OVERSAMPLING = 2
STROKES = 20
# With this many points a stroke the data URL of a page has 79 KiB on average.
POINTS_PER_STROKE = 29
DIFFERENT_DRAWINGS = 16


def data_urls(rng):
    """Return drawings to choose pages from; drawing one for each page would take minutes."""
    return [data_url(rng) for _ in range(DIFFERENT_DRAWINGS)]


def data_url(rng):
    """Return one drawing of 20 strokes as the browser's canvas would export it."""
    side = SIZE * OVERSAMPLING
    image = Image.new("RGBA", (side, side), "white")
    canvas = ImageDraw.Draw(image)
    for _ in range(STROKES):
        color = tuple(rng.randrange(256) for _ in range(3))
        width = rng.randint(3, 12) * OVERSAMPLING
        canvas.line(stroke(rng), fill=color, width=width, joint="curve")
    return encoded(image.resize((SIZE, SIZE), Image.Resampling.LANCZOS))


def stroke(rng):
    """Return the points of a wandering line, five pixels apart."""
    x, y = rng.uniform(40, SIZE - 40), rng.uniform(40, SIZE - 40)
    angle = rng.uniform(0, math.tau)
    points = []
    for _ in range(POINTS_PER_STROKE):
        angle += rng.gauss(0, 0.3)
        x = min(SIZE - 10, max(10, x + 5 * math.cos(angle)))
        y = min(SIZE - 10, max(10, y + 5 * math.sin(angle)))
        points.append((x * OVERSAMPLING, y * OVERSAMPLING))
    return points


def encoded(image):
    """Return an image as a data URL."""
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
