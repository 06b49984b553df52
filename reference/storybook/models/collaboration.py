"""Sessions in which several people draw and write one story.

All canvases of a session live in JSON columns of its one row, so that every message which
loads the row decodes every canvas. That cost is the application's and is kept.
"""

import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_datetime

JOIN_CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CURSOR_COLORS = [
    "#FF6B6B",
    "#4ECDC4",
    "#45B7D1",
    "#F7DC6F",
    "#BB8FCE",
    "#82E0AA",
    "#F0B27A",
    "#85C1E9",
]
HOST_LEFT = "host_disconnected_at"
HOST_GRACE = timedelta(minutes=5)


def new_session_id():
    """Return the public name of a new session."""
    return str(uuid.uuid4())


def new_join_code():
    """Return five characters that nobody can misread."""
    return "".join(secrets.choice(JOIN_CODE_LETTERS) for _ in range(5))


def random_color():
    """Return one of the eight cursor colours."""
    return secrets.choice(CURSOR_COLORS)


class CollaborationSession(models.Model):
    """One session, with its draft and all of its canvases."""

    session_id = models.CharField(max_length=100, unique=True, default=new_session_id)
    join_code = models.CharField(max_length=5, unique=True, default=new_join_code)
    canvas_name = models.CharField(max_length=200, default="Untitled Canvas")
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="hosted_sessions"
    )
    max_participants = models.IntegerField(default=10)
    is_active = models.BooleanField(default=True)
    is_lobby_open = models.BooleanField(default=True)
    canvas_data = models.JSONField(default=dict)
    canvas_state = models.JSONField(default=dict)
    story_draft = models.JSONField(default=dict)
    voting_data = models.JSONField(default=dict)
    is_voting = models.BooleanField(default=False)
    current_page = models.IntegerField(default=0)
    total_edits = models.IntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField()

    def is_joinable(self):
        """Say whether a newcomer may enter: active, not expired, host near, a seat free."""
        if not self.is_active or self.expires_at <= timezone.now() or self.is_abandoned():
            return False
        return self.participants.filter(is_active=True).count() < self.max_participants

    def is_abandoned(self):
        """Say whether the host left longer ago than the grace period."""
        left = self.canvas_state.get(HOST_LEFT)
        return left is not None and timezone.now() - parse_datetime(left) > HOST_GRACE

    def title(self):
        """Return the draft's title, or the application's name for a nameless story."""
        return self.story_draft.get("title") or "Collaborative Story"


class SessionParticipant(models.Model):
    """A person's seat in a session; it stays when the person leaves."""

    session = models.ForeignKey(
        CollaborationSession, on_delete=models.CASCADE, related_name="participants"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    role = models.CharField(max_length=20, default="participant")
    cursor_color = models.CharField(max_length=7, default=random_color)
    cursor_position = models.JSONField(default=dict)
    current_tool = models.CharField(max_length=50, blank=True)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(auto_now=True)

    class Meta:
        unique_together = [("session", "user")]
        ordering = ["joined_at"]


class DrawingOperation(models.Model):
    """One stroke, text edit or page turn; never deleted.

    There is no index over the sequence number, though every insert asks for the latest one.
    """

    session = models.ForeignKey(
        CollaborationSession, on_delete=models.CASCADE, related_name="operations"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    operation_type = models.CharField(max_length=50)
    operation_data = models.JSONField(default=dict)
    page_number = models.IntegerField(default=0)
    sequence_number = models.IntegerField()
    timestamp = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["sequence_number"]
        indexes = [
            models.Index(fields=["session", "timestamp"]),
            models.Index(fields=["session", "page_number"]),
        ]
