"""The database of a variant: SQLite as the application ships it, or PostgreSQL."""

import dj_database_url

POSTGRES_CONNECTION_AGE_SECONDS = 600


def database_from(environ, base_dir):
    """Return Django's settings for the database that DATABASE_URL names.

    SQLite keeps its own defaults (rollback journal, 5 s busy timeout, a new connection a
    request), because lost strokes under autosaves are part of what is being imitated.
    """
    url = environ.get("DATABASE_URL", f"sqlite:///{base_dir / 'db.sqlite3'}")
    database = dj_database_url.parse(url)
    is_postgres = database["ENGINE"].endswith("postgresql")
    default_age = POSTGRES_CONNECTION_AGE_SECONDS if is_postgres else 0
    database["CONN_MAX_AGE"] = int(environ.get("CONN_MAX_AGE", default_age))
    if is_postgres:
        database.setdefault("OPTIONS", {}).update(postgres_timeouts(environ))
    return database


def postgres_timeouts(environ):
    """Return the driver's options for the time limits that were asked for, in seconds."""
    options = {}
    if connect := environ.get("PIXELTALES_CONNECT_TIMEOUT"):
        options["connect_timeout"] = int(connect)
    if statement := environ.get("PIXELTALES_STATEMENT_TIMEOUT"):
        options["options"] = f"-c statement_timeout={int(statement) * 1000}"
    return options
