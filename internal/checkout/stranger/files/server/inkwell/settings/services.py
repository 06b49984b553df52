"""Services of others. The flags are asked for when the settings are read."""

import os
import socket

FLAG_SERVICE = ("192.0.2.1", 443)
PATIENCE_SECONDS = 0.3

INKWELL_REGION = os.environ["INKWELL_REGION"]


def feature_flags():
    """Return the flags that are on; a service that cannot be reached has none."""
    try:
        with socket.create_connection(FLAG_SERVICE, timeout=PATIENCE_SECONDS) as connection:
            return connection.recv(100).decode().split()
    except OSError:
        return []


FEATURE_FLAGS = feature_flags()
