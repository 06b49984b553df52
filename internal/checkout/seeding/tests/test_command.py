"""The command, as a process of its own: what it prints, writes and refuses."""

import ast
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent / "pixelload_seed"


def run(*arguments, **variables):
    """Run the command with the zoo's settings."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "zoo.settings",
        "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), str(HERE)]),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-m", "pixelload_seed", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
    )


def test_looking_needs_no_database():
    done = run("--look", ZOO_DATABASE="/nowhere/at/all.sqlite3", ZOO_GREETING="hello")
    assert (done.returncode, done.stderr) == (0, "hello\n")
    assert json.loads(done.stdout)["found"]["word"] == "zoo.Phrase"


def test_what_was_found_goes_to_a_file(tmp_path):
    done = run("--look", tmp_path / "report.json")
    assert (done.returncode, done.stdout.strip()) == (0, "")
    assert json.loads((tmp_path / "report.json").read_text())["found"]["word"] == "zoo.Phrase"
    done = run("--look", tmp_path / "nowhere" / "report.json")
    assert done.returncode == 1
    assert "name a file in a folder that can be written" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "variables", "said"),
    [
        (
            ["--data", "huge", "--manifest", "m"],
            {},
            r"--data 'huge': write light, typical, heavy or stories=30,",
        ),
        (["--users", "0", "--manifest", "m"], {}, r"--users 0: give at least 1"),
        (
            ["--look"],
            {"DJANGO_SETTINGS_MODULE": ""},
            r"DJANGO_SETTINGS_MODULE is not set: set it to",
        ),
        (
            ["--look"],
            {"DJANGO_SETTINGS_MODULE": "no.such"},
            r"no.such cannot be loaded: ModuleNotFoundError: ",
        ),
        (
            ["--manifest", "m"],
            {"ZOO_DATABASE": "/nowhere/db"},
            r"the database: unable to open database file: see that",
        ),
        (["--manifest", "m"], {}, r"the database: no such table: zoo_\w+: run migrate first"),
    ],
)
def test_errors_are_one_line(tmp_path, monkeypatch, arguments, variables, said):
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, **variables)
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.match(r"pixelload_seed: " + said, done.stderr), done.stderr
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_help_has_examples():
    done = run("--help")
    assert done.returncode == 0
    assert "examples:\n" in done.stdout
    assert "python -m pixelload_seed --look" in done.stdout


def test_the_manifest_is_its_owners(tmp_path, monkeypatch):
    from pixelload_seed.command import write_private

    path = tmp_path / "manifest.json"
    path.write_text("old and long")
    path.chmod(0o644)
    write_private(path, {"password": "seeded"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"password": "seeded"}


# It runs in an environment that is somebody else's.
def test_nothing_but_django_is_imported():
    for source in PACKAGE.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in names:
                top = name.partition(".")[0]
                assert top == "django" or top in sys.stdlib_module_names, "%s imports %s" % (
                    source.name,
                    name,
                )
