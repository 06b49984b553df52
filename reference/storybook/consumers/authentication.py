"""Who opened a socket: the access token in the query, or in a header."""

from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken


class TokenAuthentication:
    """Middleware that puts the user into the scope, or None. Inactive users are let in."""

    def __init__(self, application):
        self.application = application

    async def __call__(self, scope, receive, send):
        scope = dict(scope, user=await user_of(token_in(scope)))
        return await self.application(scope, receive, send)


def token_in(scope):
    """Return the token that came with the handshake, empty without one."""
    query = parse_qs(scope["query_string"].decode())
    if "token" in query:
        return query["token"][0]
    header = dict(scope["headers"]).get(b"authorization", b"").decode()
    return header.removeprefix("Bearer ")


@database_sync_to_async
def user_of(token):
    """Return the user an access token speaks for, or None."""
    try:
        user_id = AccessToken(token)["user_id"]
    except (TokenError, KeyError):
        return None
    return get_user_model().objects.filter(id=user_id).first()
