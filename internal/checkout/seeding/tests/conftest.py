"""Django with the zoo, on a database in memory that each test finds empty."""

import os

import django
import pytest

os.environ["DJANGO_SETTINGS_MODULE"] = "zoo.settings"
os.environ.pop("ZOO_DATABASE", None)
django.setup()

from django.core.management import call_command  # noqa: E402  Django is set up by the line above

# What is no part of the zoo's own PixelTales: each test of a mishap names its own.
MISHAPS = {"Jewel", "Hen", "Egg", "Locker", "Scale", "Sketch", "Whisper"}


@pytest.fixture(scope="session")
def tables():
    """Make the tables once."""
    call_command("migrate", run_syncdb=True, verbosity=0)


@pytest.fixture
def database(tables):
    """Empty the tables after the test."""
    yield
    call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def zoo(monkeypatch):
    """Return the zoo's models, and leave the mishaps out of what is looked through."""
    from pixelload_seed import recognise

    models = [model for model in recognise.models_of_the_app() if model.__name__ not in MISHAPS]
    monkeypatch.setattr(recognise, "models_of_the_app", lambda: models)
    return models
