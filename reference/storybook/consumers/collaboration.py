"""The socket of a collaboration session: coming, going, and handing messages on."""

import json

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from storybook.collaboration import sessions
from storybook.push import relayed, session_group

from .drawing import DrawingMessages
from .pages import PageMessages
from .people import PeopleMessages
from .states import StateMessages
from .votes import VoteMessages


class CollaborationConsumer(
    DrawingMessages,
    PageMessages,
    PeopleMessages,
    StateMessages,
    VoteMessages,
    AsyncWebsocketConsumer,
):
    """One participant's socket. Every message is stored before it is passed on."""

    HANDLERS = (
        DrawingMessages.HANDLERS
        | PageMessages.HANDLERS
        | PeopleMessages.HANDLERS
        | StateMessages.HANDLERS
        | VoteMessages.HANDLERS
    )

    async def connect(self):
        self.user = self.scope["user"]
        self.session_id = self.scope["url_route"]["kwargs"]["session_id"]
        self.group = session_group(self.session_id)
        session = await self.admitting_session()
        if session is None:
            await self.close()
            return
        await self.stored(sessions.welcome_back_host, session, self.user)
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept()
        seat = await self.stored(sessions.take_seat, session, self.user)
        await self.tell_others({"type": "user_joined", "cursor_color": seat.cursor_color})
        await self.send_init(seat)

    async def admitting_session(self):
        """Return the session if it lets this user in, else None."""
        if self.user is None:
            return None
        session = await self.stored(sessions.find, self.session_id)
        if session is None or not await self.stored(sessions.may_enter, session, self.user):
            return None
        return session

    async def send_init(self, seat):
        """Send a newcomer everything there is: canvases, draft and participants."""
        session = await self.stored(sessions.load, self.session_id)
        await self.send_json(
            {
                "type": "init",
                "canvas_data": session.canvas_data,
                "story_draft": session.story_draft,
                "participants": await self.stored(sessions.active_participants, session),
                "your_color": seat.cursor_color,
                "current_user_id": self.user.id,
                "current_username": self.user.username,
            }
        )

    async def disconnect(self, code):
        """Leave, even after a refused handshake: others hear of people who never came."""
        if self.user is None:
            return
        await self.stored(sessions.leave, self.session_id, self.user)
        await self.tell_others({"type": "user_left"})
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data):
        """Hand one message to its handler; a failure is answered, not fatal."""
        try:
            message = json.loads(text_data)
            handler = self.HANDLERS.get(message.get("type"))
            if handler is not None:
                await handler(self, message)
        except json.JSONDecodeError:
            await self.send_error("Invalid JSON")
        except Exception as error:  # whatever a handler raises is answered with its text
            await self.send_error(str(error))

    async def relay(self, event):
        """Send a group's message on to the client, unless the client was its sender."""
        if event["skip"] != self.user.id:
            await self.send_json(event["payload"])

    async def tell_others(self, payload):
        """Send to everybody else in the session, naming this user."""
        await self.channel_layer.group_send(
            self.group, relayed(self.signed(payload), skip=self.user.id)
        )

    async def tell_all(self, payload):
        """Send to everybody in the session, this user too."""
        await self.channel_layer.group_send(self.group, relayed(payload))

    def signed(self, payload):
        """Return the payload with this user's id and name in it."""
        return {"user_id": self.user.id, "username": self.user.username, **payload}

    async def send_json(self, payload):
        await self.send(text_data=json.dumps(payload))

    async def send_error(self, text):
        await self.send_json({"type": "error", "message": text})

    async def stored(self, function, *arguments):
        """Run a function in the one thread that does all sockets' database work."""
        return await database_sync_to_async(function)(*arguments)
