"""Everything that a run needs, in one transaction: the same for the same seed."""

import random

from django.db import transaction

from . import people, stories, words
from .errors import SeedError, named
from .people import Logins
from .recognise import recognise
from .verify import measured


def look(model):
    """Return what would be filled and what is missing, without touching the database."""
    Logins(model)
    found, missing = recognise()
    if "story" in found:
        missing += stories.lost(found["story"])
    return found, missing


@transaction.atomic
def fill(model, amounts, user_count, seed):
    """Store everything and return the manifest."""
    found, missing = look(model)
    refuse_a_filled_one(found)
    rng = random.Random(seed)
    password = "seeded-%016x" % rng.getrandbits(64)
    users = people.make_users(user_count, password, rng)
    make_people(found, users)
    if "story" in found:
        album = stories.Album(rng)
        stories.make_public(found["story"], users, amounts, album)
        stories.make_drafts(found["story"], users, album)
    if "word" in found:
        words.make_words(found["word"], amounts.words)
    if "achievement" in found:
        missing += words.make_achievements(found["achievement"])
    return manifest(measured(found, amounts, users, password), password, users, found, missing)


def refuse_a_filled_one(found):
    """Complain about a database that somebody has filled before."""
    if "story" in found and found["story"].model._base_manager.exists():
        raise SeedError("%s: the database has stories already: seed an empty one" % named(found["story"].model))


def make_people(found, users):
    """Store what belongs to users."""
    for table, make in (
        ("profile", people.make_profiles),
        ("friendship", people.make_friends),
        ("message", people.make_messages),
    ):
        if table in found:
            make(found[table], users)


def manifest(data, password, users, found, missing):
    """Return the accounts, the figures, and what was found and missed."""
    email = people.email_field(type(users[0]))
    accounts = [
        {
            "id": user.pk,
            "username": user.get_username(),
            "email": getattr(user, email) if email else "",
        }
        for user in users
    ]
    return {"data": data, "password": password, "users": accounts, **described(type(users[0]), found, missing)}


def described(model, found, missing):
    """Return what was found and missed, for JSON."""
    return {
        "found": {"user": named(model), **{key: named(table.model) for key, table in found.items()}},
        "missing": [{"what": gap.what, "why": gap.why, "costs": gap.costs} for gap in missing],
    }
