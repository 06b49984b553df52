"""The command line. Every error is one line on stderr and exit status 1."""

import argparse
import contextlib
import json
import os
import sys
import traceback

from .amounts import parse
from .errors import SeedError, said

EXAMPLES = """\
examples:
  export DJANGO_SETTINGS_MODULE=mysite.settings SECRET_KEY=... DATABASE_URL=...
  python -m pixelload_seed --data light --users 12 --seed 1 --manifest /tmp/accounts.json
  python -m pixelload_seed --data stories=30,drawn=10,words=1000 --users 3 --manifest /tmp/accounts.json
  python -m pixelload_seed --look
"""


def main(arguments):
    """Seed the database of the settings, or look at the models, and return the exit status."""
    options = parser().parse_args(arguments)
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what the application prints is not our answer
            report = look_only(options.look) if options.look else seed(options)
    except SeedError as error:
        print("pixelload_seed: %s" % error, file=sys.stderr)
        return 1
    print(report)
    return 0


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(
        prog="python -m pixelload_seed",
        description="Fill the empty, migrated database of a PixelTales through its own models.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--data", default="light", help="light, typical, heavy, or stories=30,drawn=10,words=1000")
    made.add_argument("--users", type=int, default=12)
    made.add_argument("--seed", type=int, default=1)
    what = made.add_mutually_exclusive_group(required=True)
    what.add_argument("--manifest", help="file for the accounts and the figures, readable by you only")
    help_look = "only print what is found and what is missing, as JSON, or write it to FILE"
    what.add_argument("--look", nargs="?", const="-", metavar="FILE", help=help_look)
    return made


def seed(options):
    """Fill the database, write the manifest, and say in a line what is there."""
    amounts = parse(options.data)
    if options.users < 1:
        raise SeedError("--users %d: give at least 1" % options.users)
    model = set_up()
    from django.db import Error  # only now: whether Django is there was just seen

    from .fill import fill

    try:
        made = fill(model, amounts, options.users, options.seed)
    except Error as error:
        text, remedy = said(error)
        remedy = remedy or "see that the database of the settings is there and can be written"
        raise SeedError("the database: %s: %s" % (text, remedy)) from error
    write_private(options.manifest, made)
    gaps = ", ".join(gap["what"] for gap in made["missing"]) or "nothing"
    text = "{public_stories} public stories of {public_bytes} bytes, {words} words, {users} users; missing: "
    return text.format(**made["data"]) + gaps


def look_only(path):
    """Return what the models are taken for, as JSON; "" when it went to a file."""
    model = set_up()
    from .fill import described, look

    found = described(model, *look(model))
    if path == "-":
        return json.dumps(found, indent=1)
    write_private(path, found)
    return ""


def set_up():
    """Load the application's settings and models, and return its user model."""
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        raise SeedError("DJANGO_SETTINGS_MODULE is not set: set it to the settings module of the application")
    try:
        import django

        django.setup()
        from django.contrib.auth import get_user_model

        return get_user_model()
    except Exception as error:  # settings are code: they may raise anything
        place = traceback.extract_tb(error.__traceback__)[-1]
        raise SeedError(
            "%s cannot be loaded: %s: %s (%s, line %d): set what it wants, or install what it imports"
            % (
                os.environ["DJANGO_SETTINGS_MODULE"],
                type(error).__name__,
                error,
                place.filename,
                place.lineno,
            )
        ) from error


def write_private(path, manifest):
    """Write the manifest so that only its owner can read the password in it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            os.chmod(path, 0o600)
            json.dump(manifest, file, indent=1)
    except OSError as error:
        raise SeedError("%s: %s: name a file in a folder that can be written" % (path, error.strerror)) from error
