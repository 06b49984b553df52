"""Cursors, presence, and the host's right to remove somebody."""

from storybook.collaboration import presence, seats

from .drawing import place_of


class PeopleMessages:
    """Handlers of what participants do beside drawing and writing."""

    async def cursor(self, message):
        """Store and pass on a pointer's position: three statements, up to 20 times a second."""
        position = message.get("position", {})
        await self.stored(presence.move_cursor, self.session_id, self.user, position)
        color = await self.stored(presence.color_of, self.session_id, self.user)
        await self.tell_others(
            {"type": "cursor", "cursor_color": color, "position": position, **place_of(message)}
        )

    async def presence_update(self, message):
        """Store and pass on a caret and a tool; other fields are dropped."""
        fields = ("cursor_position", "current_tool", "activity")
        doing = {key: message.get(key) for key in fields}
        await self.stored(
            presence.update,
            self.session_id,
            self.user,
            doing["cursor_position"],
            doing["current_tool"],
        )
        await self.tell_others({"type": "presence_update", **doing})

    async def kick_user(self, message):
        user_id = message.get("user_id")
        await self.stored(seats.kick, self.session_id, self.user, user_id)
        payload = {
            "type": "user_kicked",
            "kicked_user_id": user_id,
            "by_user": self.user.username,
        }
        await self.channel_layer.group_send(self.group, {"type": "farewell", "payload": payload})

    async def farewell(self, event):
        """Tell the client who was removed, and close the socket if it is this user's."""
        await self.send_json(event["payload"])
        if event["payload"]["kicked_user_id"] == self.user.id:
            await self.close()

    HANDLERS = {
        "cursor": cursor,
        "presence_update": presence_update,
        "kick_user": kick_user,
    }
