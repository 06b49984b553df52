"""The word list, and the achievements that the application fills in itself."""

import io

from django.core.management import call_command, get_commands
from django.db import transaction

from .recognise import Missing
from .rows import Rows
from .tables import TABLES
from .values import choices

LANGUAGES = ["en", "tl", "both"]


def make_words(table, count):
    """Bring the word list to so many active words, its languages in turn."""
    more = count - active(table).count()
    Rows(table.model).insert((number, values(table, number)) for number in range(more))


def values(table, number):
    """Return one word's values."""
    known = {table.name("word"): "word%05d" % number, table.name("active"): True}
    if "language" in table.fields:
        offered = choices(table.fields["language"])
        spoken = [language for language in LANGUAGES if not offered or language in offered] or offered
        known[table.name("language")] = spoken[number % len(spoken)]
    return known


def active(table):
    """Return the words that the list shows."""
    rows = table.model._base_manager.all()
    return rows.filter(**{table.name("active"): True}) if "active" in table.fields else rows


def make_achievements(table):
    """Let the application fill its achievements, and return what is missing then.

    They cannot be made up: each names a statistic that the application must know.
    """
    if table.model._base_manager.exists():
        return []
    commands = sorted(name for name in get_commands() if "achievement" in name)
    why = "the table is empty, and the app has no management command for it"
    if commands:
        why = "manage.py %s left the table empty" % commands[0]
        try:
            with transaction.atomic():
                call_command(commands[0], stdout=io.StringIO(), stderr=io.StringIO())
        except Exception as error:  # the command is the app's: whatever it raises, the rest can be seeded
            why = "manage.py %s: %s: %s" % (commands[0], type(error).__name__, error)
    if table.model._base_manager.exists():
        return []
    return [Missing(TABLES["achievement"].what, why, TABLES["achievement"].costs)]
