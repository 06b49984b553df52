"""Finding and reading the recordings, which are not part of this project."""

import json
import os
from pathlib import Path

BESIDE_THE_PROJECT = Path(__file__).resolve().parents[4] / "shared" / "data" / "transcripts"


def folder():
    """Return where the recordings should be."""
    return Path(os.environ.get("PIXELTALES_TRANSCRIPTS", BESIDE_THE_PROJECT))


def lines(name, key):
    """Return the lines of a recording by their group or scenario, in their order."""
    grouped = {}
    path = folder() / name
    if path.exists():
        with open(path, encoding="utf-8") as file:
            next(file)  # the setup, which the small data profile reproduces
            for line in map(json.loads, file):
                grouped.setdefault(line[key], []).append(line)
    return grouped


def why_skipped(name):
    """Return the reason to skip when a recording is missing."""
    return f"{folder() / name} is missing: set PIXELTALES_TRANSCRIPTS to the recordings' folder"
