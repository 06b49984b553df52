"""The socket a visitor holds all the time: friends, messages, invitations."""

import json

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db.models import Q

from storybook.models import Friendship, Notification, UserProfile
from storybook.push import relayed, user_group


class NotificationConsumer(AsyncWebsocketConsumer):
    """One socket of one user. A second one is allowed; closing either means offline."""

    async def connect(self):
        self.user = self.scope["user"]
        if self.user is None:
            await self.close()
            return
        await self.channel_layer.group_add(user_group(self.user.id), self.channel_name)
        await self.accept()
        await self.set_online(True)
        await self.tell_friends("friend_online")
        await self.send_json({"type": "connection", "status": "connected", "user_id": self.user.id})

    async def disconnect(self, code):
        if self.user is None:
            return
        await self.set_online(False)
        await self.tell_friends("friend_offline")
        await self.channel_layer.group_discard(user_group(self.user.id), self.channel_name)

    async def receive(self, text_data):
        """Answer a client. What is not an object, or not text, ends the socket by exception."""
        try:
            message = json.loads(text_data)
        except json.JSONDecodeError:
            await self.send_json({"type": "error", "message": "Invalid JSON"})
            return
        kind = message.get("type")
        if kind == "ping":
            await self.send_json({"type": "pong"})
        elif kind == "mark_read":
            await self.mark_read(message.get("notification_id"))

    async def relay(self, event):
        """Send a group's message on to the client."""
        await self.send_json(event["payload"])

    async def send_json(self, payload):
        await self.send(text_data=json.dumps(payload))

    async def tell_friends(self, kind):
        """Send one group message for each friend."""
        payload = {"type": kind, "user_id": self.user.id, "username": self.user.username}
        for friend_id in await self.friend_ids():
            await self.channel_layer.group_send(user_group(friend_id), relayed(payload))

    @database_sync_to_async
    def set_online(self, is_online):
        profile = UserProfile.objects.get(user=self.user)
        profile.is_online = is_online
        profile.save()

    @database_sync_to_async
    def friend_ids(self):
        friendships = Friendship.objects.filter(
            Q(sender=self.user) | Q(receiver=self.user), status="accepted"
        )
        return [
            row.receiver_id if row.sender_id == self.user.id else row.sender_id
            for row in friendships
        ]

    @database_sync_to_async
    def mark_read(self, notification_id):
        Notification.objects.filter(id=notification_id, recipient=self.user).update(is_read=True)
