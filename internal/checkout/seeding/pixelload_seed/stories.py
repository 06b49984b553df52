"""Stories, hand-drawn or with pictures from addresses, and a draft for every user.

They weigh what the same data profile weighs on the reference app: the same pages, texts and pictures.
"""

import datetime
import json

from .drawings import data_urls
from .errors import SeedError, named
from .recognise import Missing
from .rows import Rows
from .values import FIRST_DAY, choice, choices

PAGES = 6
PAGE_BREAK = "\n\n---PAGE BREAK---\n\n"
FILLER = "lorem ipsum " * 20
FIRST_DRAFT = 5000
BATCH = 10  # rows inserted by one statement: heavy rows have 0.6 MiB each
# What a public story weighs of its data profile, by the column that is not there.
LOST = {
    "canvas": (
        "story pages",
        "stories carry no pages: the public list weighs a fraction of what its data profile says",
    ),
    "cover": (
        "story covers",
        "stories carry no cover: the public list is an eighth lighter than its data profile says",
    ),
}


class Album:
    """Drawings, each handed out as often as the others."""

    def __init__(self, rng):
        self.rng = rng
        self.drawings = data_urls(rng)
        self.left = []

    def take(self, count):
        """Return so many drawings."""
        return [self.draw() for _ in range(count)]

    def draw(self):
        """Return the next one of a shuffled round."""
        if not self.left:
            self.left = list(self.drawings)
            self.rng.shuffle(self.left)
        return self.left.pop()


def lost(table):
    """Return what is missing in the table of stories."""
    found = []
    for column, (what, costs) in LOST.items():
        field = table.fields.get(column)
        if field is None:
            found.append(Missing(what, "%s has no text column for it" % named(table.model), costs))
        elif is_short(field):
            why = "%s holds %d characters, and a picture has 80,000" % (
                named(table.model, field),
                field.max_length,
            )
            found.append(Missing(what, why, costs))
    return found


def is_short(field):
    """Say whether a field is too short for a picture."""
    return field.get_internal_type() == "CharField" and bool(field.max_length)


def make_public(table, users, amounts, album):
    """Store the published stories, the drawn ones spread evenly among them."""
    insert(
        table,
        (
            (
                number,
                values(
                    table,
                    number,
                    users[number % len(users)],
                    is_drawn(number, amounts),
                    album,
                    True,
                ),
            )
            for number in range(amounts.stories)
        ),
    )


def is_drawn(number, amounts):
    """Say whether this story is one of the drawn."""
    before = number * amounts.drawn // amounts.stories
    return (number + 1) * amounts.drawn // amounts.stories > before


def make_drafts(table, users, album):
    """Store one unpublished story a user; every third one is drawn."""
    insert(
        table,
        (
            (
                FIRST_DRAFT + place,
                values(table, FIRST_DRAFT + place, user, place % 3 == 0, album, False),
            )
            for place, user in enumerate(users)
        ),
    )


def insert(table, numbered):
    """Store stories a few at a time, so that never all of them are in memory."""
    rows, batch = Rows(table.model), []
    for pair in numbered:
        batch.append(pair)
        if len(batch) == BATCH:
            rows.insert(batch)
            batch = []
    rows.insert(batch)


def values(table, number, author, drawn, album, published):
    """Return one story's values; its cover is in it twice, as the client sends it."""
    cover, *pages = album.take(PAGES + 1) if drawn else addresses(number)
    texts = ["Story %d page %d. %s" % (number, page, FILLER) for page in range(PAGES)]
    written = FIRST_DAY + datetime.timedelta(minutes=number)
    known = {
        "author": author,
        "title": "Story %04d" % number,
        "content": PAGE_BREAK.join(text.strip() for text in texts),
        "canvas": canvases(cover, pages),
        "cover": cover,
        "summary": "A generated story.",
        "category": either(table, "category", "adventure"),
        "genres": genres(table),
        "language": either(table, "language", "en"),
        "published": shown(table.fields["published"], published),
        "public": published,
        "approved": published,
        "created": written,
        "updated": written,
    }
    short = [column for column in LOST if column in table.fields and is_short(table.fields[column])]
    return {table.name(column): value for column, value in known.items() if column not in short and value is not None}


def addresses(number):
    """Return where the pictures of a story that nobody drew would be."""
    padding = "p" * 300
    names = ["cover"] + ["page%d" % page for page in range(PAGES)]
    return ["/images/%s-%04d.png?%s" % (name, number, padding) for name in names]


def canvases(cover, pages):
    """Return the pictures as the client stores them: a JSON text."""
    listed = [{"id": "cover", "order": -1, "canvasData": cover}]
    listed += [{"id": "pg%d" % order, "order": order, "canvasData": page} for order, page in enumerate(pages)]
    return json.dumps(listed)


def either(table, column, wanted):
    """Return the value a column should have, or the first that it may have, or None without one."""
    field = table.fields.get(column)
    if field is None:
        return None
    return choice(field, wanted) or choices(field)[0]


def genres(table):
    """Return the story's one genre: in a list, but where a column has one of its choices."""
    field = table.fields.get("genres")
    return either(table, "genres", "adventure") if field is not None and choices(field) else ["adventure"]


def shown(field, published):
    """Return what says that a story is public, or that it is not."""
    if field.get_internal_type() in ("BooleanField", "NullBooleanField"):
        return published
    value = choice(field, *(("publi",) if published else ("draft", "private", "unpub", "hidden")))
    if value is None:
        raise SeedError(
            "%s: its choices do not say what public stories and drafts have: make it a flag, or give it choices "
            "with public or published and draft or private" % named(field.model, field)
        )
    return value
