"""Looks at the checkout from inside its own environment, and writes what it found as JSON.

    python -m pixelload_app.probe OUT [PATH...]

PATHs are endpoints below /api that users ask for; what the routes do not know is listed.
"""

import json
import os
import re
import sys
import traceback

PACKAGES = (
    "django",
    "rest_framework",
    "channels",
    "daphne",
    "gunicorn",
    "channels_redis",
    "psycopg",
    "psycopg2",
)


def look(paths):
    from django.conf import settings

    found = {"packages": packages(), "settings": own_settings(settings)}
    import django

    django.setup()
    found["django"] = django.get_version()
    found["replaced"] = settings.REPLACED
    found["asgi"] = entry(getattr(settings, "ASGI_APPLICATION", None))
    found["wsgi"] = entry(getattr(settings, "WSGI_APPLICATION", None))
    found["asgi"] = os.environ.get("PIXELLOAD_ASGI") or found["asgi"]
    found["sockets"], found["asgi_error"] = sockets(found["asgi"])
    found["unknown_paths"] = [path for path in paths if not is_known(path)]
    return found


def packages():
    from importlib.util import find_spec

    return [name for name in PACKAGES if find_spec(name) is not None]


def own_settings(settings):
    return [name for name in ("WORD_CACHE_SECONDS",) if hasattr(settings, name)]


def entry(dotted):
    """Return package.module.name as package.module:name, as servers take it."""
    return ":".join(dotted.rsplit(".", 1)) if dotted else ""


def sockets(application):
    """Return whether the application may have WebSockets, and why it cannot be loaded."""
    if not application:
        return False, ""
    from django.core.handlers.asgi import ASGIHandler
    from django.utils.module_loading import import_string

    try:
        loaded = import_string(application.replace(":", "."))
    except Exception as error:
        return False, describe(error)
    for _ in range(10):  # an application may be wrapped
        mapping = getattr(loaded, "application_mapping", None)
        if mapping is not None:
            return "websocket" in mapping, ""
        if isinstance(loaded, ASGIHandler):
            return False, ""
        loaded = getattr(loaded, "application", None) or getattr(loaded, "app", None)
    return True, ""  # it cannot be told, and users will find out


def is_known(path):
    from django.urls import Resolver404, resolve

    try:
        resolve("/api" + path)
    except Resolver404:
        return False
    return True


def describe(error):
    """Say what went wrong, and in which line of the checkout."""
    text = "%s: %s" % (type(error).__name__, " ".join(str(error).split()))
    here = os.getcwd() + os.sep
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if frame.filename.startswith(here):
            return "%s (%s, line %d)" % (text, frame.filename[len(here) :], frame.lineno)
    return text


def wanted(error):
    """Return the environment variable that the error misses; "" when it is about none."""
    for cause in (error, error.__cause__, error.__context__):
        if cause is None:
            continue
        for name in re.findall(r"\b[A-Z][A-Z0-9_]{2,}\b", str(cause)):
            if name not in os.environ and name != "DJANGO_SETTINGS_MODULE":
                return name
    return ""


def main():
    try:
        found = look(sys.argv[2:])
    except (Exception, SystemExit) as error:
        found = {"error": describe(error), "wanted": wanted(error)}
    with open(sys.argv[1], "w") as file:
        json.dump(found, file)
    sys.stdout.flush()
    os._exit(0)  # threads that the application has started would wait


if __name__ == "__main__":
    main()
