"""Where the sockets are."""

from django.urls import re_path

from .collaboration import CollaborationConsumer
from .notifications import NotificationConsumer

socket_routes = [
    re_path(r"^ws/notifications/$", NotificationConsumer.as_asgi()),
    re_path(r"^ws/collaborate/(?P<session_id>[\w-]+)/$", CollaborationConsumer.as_asgi()),
]
