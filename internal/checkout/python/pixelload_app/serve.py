"""Serves the checkout with Daphne on a socket that is bound already and does not listen yet.

    python -m pixelload_app.serve FD MODULE:APPLICATION

Daphne adopts sockets that listen. This one begins to listen when the application is loaded, as
one of Daphne's own would: until then nobody is let in.
"""

import os
import socket
import sys

from django.conf import settings

settings.INSTALLED_APPS  # noqa: B018  read now: an application that names its own settings is too late

from daphne import cli  # noqa: E402  it installs Twisted's reactor, which endpoints must find
from twisted.internet import endpoints  # noqa: E402

BACKLOG = 50  # Twisted's own


class Bound(endpoints.AdoptedStreamServerEndpoint):
    def listen(self, factory):
        with socket.socket(fileno=os.dup(self.fileno)) as server:
            server.listen(BACKLOG)
        return super().listen(factory)


if __name__ == "__main__":
    number, application = sys.argv[1:]
    endpoints.AdoptedStreamServerEndpoint = Bound
    sys.argv = ["daphne", "-v", "0", "--fd", number, application]
    cli.CommandLineInterface.entrypoint()
