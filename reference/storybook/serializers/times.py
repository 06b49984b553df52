"""Times on the wire, which have two notations."""


def utc_text(moment):
    """Return a time as the framework renders one, ending in Z: for messages over sockets."""
    return moment.isoformat().replace("+00:00", "Z")
