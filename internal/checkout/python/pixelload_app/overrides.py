"""What a trial decides in place of the checkout's settings: each function has one concern.

A function changes the settings and yields what it took away that users or a reader should know:
what, why, and what it costs.
"""

import os
import re
from urllib.parse import unquote, urlsplit

MEMORY_LAYER = "channels.layers.InMemoryChannelLayer"
REDIS_LAYER = "channels_redis.core.RedisChannelLayer"
MEMORY_CACHE = "django.core.cache.backends.locmem.LocMemCache"
LOCAL_CACHES = ("locmem", "dummy", "db.DatabaseCache")
# Of the PostgreSQL driver's options those that lead nowhere.
DRIVER_OPTIONS = (
    "application_name",
    "client_encoding",
    "isolation_level",
    "options",
    "pool",
    "prepare_threshold",
    "server_side_binding",
)
PLAIN = ("disable", "allow", "prefer")  # of sslmode: the trial's server has no certificate
FILES = "django.core.files.storage.FileSystemStorage"
STATIC_FILES = "django.contrib.staticfiles.storage.StaticFilesStorage"


def apply(settings, environ):
    """Change the settings and return the list of what was replaced."""
    concerns = (secrets, hosts, databases, channel_layers, caches, words)
    concerns += (throttles, files, logs, mail)
    return [
        {"what": what, "why": why, "costs": costs}
        for concern in concerns
        for what, why, costs in concern(settings, environ) or ()
    ]


def secrets(settings, environ):
    """Sign tokens with a key that pixelload knows, so that users need not log in."""
    settings["SECRET_KEY"] = environ["SECRET_KEY"]
    own = settings.get("SIMPLE_JWT", {})
    settings["SIMPLE_JWT"] = {
        **own,
        "SIGNING_KEY": environ["SECRET_KEY"],
        "ALGORITHM": "HS256",
        "VERIFYING_KEY": "",
        "AUDIENCE": None,
        "ISSUER": None,
        "USER_ID_CLAIM": "user_id",
    }
    algorithm = own.get("ALGORITHM", "HS256")
    if algorithm != "HS256":
        yield "tokens", "signed with HS256 in place of %s" % algorithm, "checking them costs less"


def hosts(settings, environ):
    """Answer plain HTTP on the loopback, as behind a host's proxy."""
    settings["DEBUG"] = False
    settings["ALLOWED_HOSTS"] = environ["ALLOWED_HOSTS"].split(",")
    settings["SECURE_SSL_REDIRECT"] = False


def databases(settings, environ):
    """Lead every database to the trial's own."""
    address = urlsplit(environ["DATABASE_URL"])
    vendor = "sqlite3" if address.scheme == "sqlite" else "postgresql"
    default = settings.get("DATABASES", {}).get("default", {})
    own = str(default.get("ENGINE", ""))
    if vendor not in own and not (vendor == "postgresql" and "postgis" in own):
        default = {key: default[key] for key in ("ATOMIC_REQUESTS",) if key in default}
        default["ENGINE"] = "django.db.backends." + vendor
        if own and "sqlite3" not in own and "postg" not in own:
            yield "database", "%s in place of %s" % (vendor, own), "it is another server"
    place = sqlite(address) if vendor == "sqlite3" else postgres(address)
    options = dict(default.get("OPTIONS", {}))
    if vendor == "postgresql":
        options, left = harmless(options)
        options = timeouts(options, environ)
        if left:
            why = "without its options %s" % ", ".join(left)
            yield "database", why, "what they cost is not seen"
    age = int(environ.get("CONN_MAX_AGE", "0"))
    database = {**default, **place, "CONN_MAX_AGE": age, "OPTIONS": options}
    others = [alias for alias in settings.get("DATABASES", {}) if alias != "default"]
    settings["DATABASES"] = {alias: dict(database) for alias in ["default", *others]}
    for alias in others:
        yield "database %s" % alias, "it is the default one", "its server's load is not seen"


def sqlite(address):
    # Three slashes and an absolute path: the fourth begins it.
    return {"NAME": unquote(address.path)[1:]}


def postgres(address):
    return {
        "NAME": unquote(address.path)[1:],
        "USER": unquote(address.username or ""),
        "PASSWORD": unquote(address.password or ""),
        "HOST": address.hostname or "",
        "PORT": str(address.port or ""),
    }


def harmless(options):
    """Return the driver's options that lead nowhere, and the names of the others, sorted.

    Time limits are the variant's, so that theirs are neither.
    """
    kept = {name: value for name, value in options.items() if name in DRIVER_OPTIONS}
    if options.get("sslmode") in PLAIN:
        kept["sslmode"] = options["sslmode"]
    return kept, sorted(options.keys() - kept.keys() - {"connect_timeout"})


def timeouts(options, environ):
    """Return the driver's options with the variant's time limits, in seconds."""
    flags = re.sub(r"-c\s*statement_timeout=\S+", "", options.pop("options", "")).strip()
    if environ.get("PIXELTALES_CONNECT_TIMEOUT"):
        options["connect_timeout"] = int(environ["PIXELTALES_CONNECT_TIMEOUT"])
    if environ.get("PIXELTALES_STATEMENT_TIMEOUT"):
        limit = int(environ["PIXELTALES_STATEMENT_TIMEOUT"]) * 1000
        flags = ("%s -c statement_timeout=%d" % (flags, limit)).strip()
    if flags:
        options["options"] = flags
    return options


def channel_layers(settings, environ):
    """Take the variant's layer; its limits are the checkout's where it has that layer itself."""
    own = settings.get("CHANNEL_LAYERS", {}).get("default", {})
    backend, config = own.get("BACKEND", MEMORY_LAYER), own.get("CONFIG", {})
    if environ.get("PIXELTALES_CHANNEL_LAYER", "memory") == "redis":
        is_own = "redis" in backend.lower()
        layer = {
            "BACKEND": backend if is_own else REDIS_LAYER,
            "CONFIG": {
                **(config if is_own else {}),
                "hosts": [redis_host(config, is_own, environ)],
            },
        }
    else:
        is_own = backend == MEMORY_LAYER
        layer = {"BACKEND": MEMORY_LAYER, "CONFIG": config if is_own else {}}
    settings["CHANNEL_LAYERS"] = {"default": layer}
    if not is_own:
        why = "the variant's %s in place of %s" % (layer["BACKEND"], backend)
        yield "channel layer", why, "nothing: the variant asks for it"


def redis_host(config, is_own, environ):
    """Return the trial's Redis, with the options that the checkout has for its own.

    The layer waits 5 s for a message. A client that gives up after 5 s, as newer ones do unless
    told otherwise, ends a socket that hears nothing for so long.
    """
    if not is_own:
        return {"address": environ["REDIS_URL"], "socket_timeout": None}
    first = (config.get("hosts") or [None])[0]
    options = first if isinstance(first, dict) else {}
    return {**options, "address": environ["REDIS_URL"]}


def caches(settings, environ):
    """Keep caches that need nobody; lead Redis to the trial's, or into the process."""
    for alias, cache in settings.get("CACHES", {}).items():
        backend = str(cache.get("BACKEND", ""))
        if "filebased" in backend:
            folder = os.path.join(environ["PIXELLOAD_SCRATCH"], "cache-" + alias)
            settings["CACHES"][alias] = {**cache, "LOCATION": folder}
            what = "cache %s" % alias
            yield what, "its files are in a scratch folder", "nothing: each start finds it empty"
            continue
        if any(local in backend for local in LOCAL_CACHES):
            continue
        if "redis" in backend.lower() and environ.get("PIXELTALES_CHANNEL_LAYER") == "redis":
            settings["CACHES"][alias] = {**cache, "LOCATION": environ["REDIS_URL"]}
            continue
        settings["CACHES"][alias] = {"BACKEND": MEMORY_CACHE, "LOCATION": alias}
        what, why = "cache %s" % alias, "in the process's memory in place of %s" % backend
        yield what, why, "what it holds counts as the target's memory"


def words(settings, environ):
    """Set how long the word list is cached, where the checkout has a setting for it."""
    if "WORD_CACHE_SECONDS" in settings:
        settings["WORD_CACHE_SECONDS"] = int(environ.get("PIXELTALES_WORD_CACHE_SECONDS", "0"))
    else:
        why = "no setting WORD_CACHE_SECONDS: the word list is cached as the checkout does it"
        yield "word cache", why, "variants that cache the word list cannot be had"


def throttles(settings, environ):
    """Lift limits on requests: a load test is all that they are against."""
    rest = settings.get("REST_FRAMEWORK", {})
    rates = rest.get("DEFAULT_THROTTLE_RATES", {})
    if any(rates.values()):
        settings["REST_FRAMEWORK"] = {**rest, "DEFAULT_THROTTLE_RATES": dict.fromkeys(rates)}
        limits = ", ".join("%s %s" % item for item in sorted(rates.items()) if item[1])
        yield "throttling", "switched off: %s" % limits, "users are not held back as they would be"
    for name, package in (("AXES_ENABLED", "axes"), ("RATELIMIT_ENABLE", "django_ratelimit")):
        if package in settings.get("INSTALLED_APPS", ()):
            settings[name] = False
            yield "throttling", "switched off: %s" % package, "log-ins are not counted"


def files(settings, environ):
    """Keep files in the trial's scratch folder, and need none that a deploy would collect."""
    settings["MEDIA_ROOT"] = os.path.join(environ["PIXELLOAD_SCRATCH"], "media")
    remote = None
    if "STORAGES" in settings:
        storages = {alias: dict(storage) for alias, storage in settings["STORAGES"].items()}
        remote = storages.get("default", {}).get("BACKEND")
        storages["default"] = {"BACKEND": FILES}
        storages["staticfiles"] = {"BACKEND": STATIC_FILES}
        settings["STORAGES"] = storages
    for name, plain in (("DEFAULT_FILE_STORAGE", FILES), ("STATICFILES_STORAGE", STATIC_FILES)):
        if name in settings:
            remote = settings[name] if name == "DEFAULT_FILE_STORAGE" else remote
            settings[name] = plain
    if remote and not remote.startswith("django.core.files."):
        yield "uploads", "in a local folder in place of %s" % remote, "its client's memory"


def logs(settings, environ):
    """Keep log files in the trial's scratch folder."""
    for name, handler in (settings.get("LOGGING") or {}).get("handlers", {}).items():
        if "filename" in handler:
            handler["filename"] = os.path.join(environ["PIXELLOAD_SCRATCH"], name + ".log")


def mail(settings, environ):
    """Send no mail, and hand no task to a broker."""
    settings["EMAIL_BACKEND"] = "django.core.mail.backends.dummy.EmailBackend"
    for name in ("CELERY_BROKER_URL", "BROKER_URL"):
        if settings.get(name):
            settings[name] = "memory://"
            yield "tasks", "%s is in the process's memory" % name, "queued tasks are not run"
