"""HTTP and sockets in one process, as Daphne serves them."""

import atexit
import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pixeltales.settings")
http_application = get_asgi_application()

# The models are importable only once Django is set up by the line above.
from django.conf import settings  # noqa: E402

from pixeltales.collecting import CollectAfterLists  # noqa: E402
from storybook.consumers.authentication import TokenAuthentication  # noqa: E402
from storybook.consumers.routing import socket_routes  # noqa: E402

if settings.COLLECT_ABOVE_BYTES:
    http_application = CollectAfterLists(http_application, settings.COLLECT_ABOVE_BYTES)
    atexit.register(http_application.say)

application = ProtocolTypeRouter(
    {
        "http": http_application,
        "websocket": TokenAuthentication(URLRouter(socket_routes)),
    }
)
