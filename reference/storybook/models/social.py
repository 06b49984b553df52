"""Friends, what they write to each other, and what they are told."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Friendship(models.Model):
    """A request and, once accepted, a friendship: one row a pair, in either direction."""

    STATUSES = [("pending", "Pending"), ("accepted", "Accepted"), ("rejected", "Rejected")]

    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sent_friendships"
    )
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="received_friendships"
    )
    status = models.CharField(max_length=10, choices=STATUSES, default="pending")
    date_created = models.DateTimeField(default=timezone.now)

    class Meta:
        unique_together = [("sender", "receiver")]


class Message(models.Model):
    """A direct message between friends."""

    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sent_messages"
    )
    receiver = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="received_messages"
    )
    content = models.TextField()
    message_type = models.CharField(max_length=50, default="text")
    metadata = models.JSONField(default=dict, blank=True)
    is_read = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]


class Notification(models.Model):
    """A line in somebody's inbox; invitations to a session are such lines."""

    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notifications"
    )
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="sent_notifications"
    )
    notification_type = models.CharField(max_length=50)
    data = models.JSONField(default=dict)
    is_read = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
