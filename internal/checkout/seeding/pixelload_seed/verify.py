"""What is in the database now: counted and read back, not remembered."""

import json

from django.contrib.auth.hashers import check_password
from django.core import serializers

from .errors import SeedError, named
from .stories import PAGES, is_short, shown
from .words import active

WEIGHED = ("title", "content", "canvas", "cover", "summary")
CHUNK = 10  # stories read at once


def measured(found, amounts, users, password):
    """Return the figures of the manifest; what does not agree with the profile is an error."""
    can_log_in(users[0], password)
    data = {
        "name": amounts.name,
        "public_stories": 0,
        "drawn_stories": 0,
        "public_bytes": 0,
        "words": active(found["word"]).count() if "word" in found else 0,
        "users": len(users),
        "friends_a_user": 0,
    }
    if "story" in found:
        data.update(weighed(found["story"]))
        agree(found["story"], "published stories", data["public_stories"], amounts.stories)
        if has_pages(found["story"]):
            agree(found["story"], "drawn stories", data["drawn_stories"], amounts.drawn)
    if "profile" in found:
        profiles = found["profile"].model._base_manager.count()  # a migration may have made some more
        agree(found["profile"], "profiles", min(profiles, len(users)), len(users))
    if "friendship" in found:
        data["friends_a_user"] = 2 * found["friendship"].model._base_manager.count() // len(users)
    return data


def can_log_in(user, password):
    """Complain when a stored user does not have the shared password, or is not active."""
    if not check_password(password, user.password) or not user.is_active:
        raise SeedError(
            "%s: a seeded user is stored inactive or without the password: a rule of the app changes users; look there"
            % named(type(user))
        )


def agree(table, what, stored, wanted):
    """Complain when another number of rows is stored than was to be."""
    if stored != wanted:
        raise SeedError(
            "%s: %d %s are stored, not %d: a trigger, a rule or a migration of the app changes them; seed an "
            "empty database, and look there" % (named(table.model), stored, what, wanted)
        )


def has_pages(table):
    """Say whether stories carry their pictures."""
    return "canvas" in table.fields and not is_short(table.fields["canvas"])


def weighed(table):
    """Read all published stories, serialise them as the framework does, and weigh their text."""
    public = {table.name("published"): shown(table.fields["published"], True)}
    rows = table.model._base_manager.filter(**public).order_by("pk")
    figures = {"public_stories": 0, "drawn_stories": 0, "public_bytes": 0}
    for story in rows.iterator(chunk_size=CHUNK):
        serialisable(table, story)
        texts = [as_text(getattr(story, table.name(column))) for column in WEIGHED if column in table.fields]
        figures["public_stories"] += 1
        figures["public_bytes"] += sum(len(text.encode()) for text in texts)
        figures["drawn_stories"] += has_pages(table) and drawn(table, story)
    return figures


def serialisable(table, story):
    """Complain when the framework cannot turn a story into JSON."""
    try:
        serializers.serialize("json", [story])
    except Exception as error:  # a field of the app may raise anything
        raise SeedError(
            "%s: a seeded row cannot be serialised: %s: %s" % (named(table.model), type(error).__name__, error)
        ) from error


def drawn(table, story):
    """Say whether a story is drawn; one that has not all of its pages is an error."""
    canvas = getattr(story, table.name("canvas"))
    pages = json.loads(canvas) if isinstance(canvas, str) else canvas
    if len(pages) != PAGES + 1:
        raise SeedError(
            "%s: story %s has %d pictures, not %d: the column does not keep what is stored in it"
            % (named(table.model, table.fields["canvas"]), story.pk, len(pages), PAGES + 1)
        )
    return pages[0]["canvasData"].startswith("data:")


def as_text(value):
    """Return a column's value as the text that is stored."""
    return value if isinstance(value, str) else json.dumps(value)
