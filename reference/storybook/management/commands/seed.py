"""`manage.py seed`: fill an empty database, and say what is in it."""

import json
import os
import random
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from storybook.catalogue.achievements import achievements
from storybook.models import Achievement, ProfanityWord, Story
from storybook.seeding import people, profiles, stories
from storybook.seeding.drawings import data_urls

LANGUAGES = ["en", "tl", "both"]


class Command(BaseCommand):
    """Make users, friends, stories and words, the same for the same seed."""

    help = "Fill an empty, migrated database and write a manifest of its accounts and data."

    def add_arguments(self, parser):
        parser.add_argument("--data", default="light", help="light, typical, heavy, or amounts")
        parser.add_argument("--users", type=int, default=12)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--manifest", required=True, help="file to write, readable by you only")

    def handle(self, *args, data, users, seed, manifest, **options):
        try:
            profile = profiles.parse(data)
        except ValueError as error:
            raise CommandError(f"--data: {error}") from error
        if users < 1:
            raise CommandError(f"--users: {users} is too few: give at least 1")
        if Story.objects.exists():
            raise CommandError("the database has stories already: seed an empty one")
        write_private(manifest, fill(profile, users, random.Random(seed)))


@transaction.atomic
def fill(profile, user_count, rng):
    """Create everything and return the manifest."""
    password = f"seeded-{rng.getrandbits(64):016x}"
    users = people.make_users(user_count, password)
    friends = people.make_friends(users)
    people.make_messages(users)
    drawings = data_urls(rng)
    stories.make_public(users, profile, rng, drawings)
    stories.make_drafts(users, rng, drawings)
    make_words(profile.words)
    Achievement.objects.bulk_create(achievements())
    return {
        "data": {
            "name": profile.name,
            "public_stories": profile.stories,
            "drawn_stories": profile.drawn,
            "public_bytes": public_bytes(),
            "words": profile.words,
            "users": user_count,
            "friends_a_user": friends,
        },
        "password": password,
        "users": [
            {"id": user.id, "username": user.username, "email": user.email} for user in users
        ],
    }


def make_words(count):
    """Create the word list, its languages in turn."""
    ProfanityWord.objects.bulk_create(
        ProfanityWord(word=f"word{number:05}", language=LANGUAGES[number % len(LANGUAGES)])
        for number in range(count)
    )


def public_bytes():
    """Measure the text of all published stories as stored, in bytes."""
    columns = ("title", "content", "canvas_data", "cover_image", "summary")
    rows = Story.objects.filter(is_published=True).values_list(*columns)
    return sum(len(text.encode()) for row in rows.iterator(chunk_size=10) for text in row)


def write_private(path, manifest):
    """Write the manifest so that only its owner can read the password in it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w") as file:
        Path(path).chmod(0o600)
        json.dump(manifest, file, indent=1)
