"""Sending to open sockets: the names of the groups, and how views reach them."""

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer


def user_group(user_id):
    """Return the group of all notification sockets of one user."""
    return f"user_{user_id}"


def session_group(session_id):
    """Return the group of all sockets of one collaboration session."""
    return f"collaboration_{session_id}"


def relayed(payload, skip=None):
    """Return the event that makes each socket of a group send `payload` to its client.

    The sockets of the user whose id is `skip` stay silent: a sender gets no echo.
    """
    return {"type": "relay", "payload": payload, "skip": skip}


def push(group, payload):
    """Send from a view, which runs in a thread of its own, to a group."""
    async_to_sync(get_channel_layer().group_send)(group, relayed(payload))
