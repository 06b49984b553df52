"""Removing somebody from a session."""

from storybook.models import SessionParticipant

from .sessions import load


class NotHost(Exception):
    """Only the host may remove somebody."""


def kick(session_id, host, user_id):
    """Mark somebody's seat empty; nothing keeps that person from coming back."""
    session = load(session_id)
    if session.host_id != host.id:
        raise NotHost("Only host can kick users")
    participant = SessionParticipant.objects.get(session=session, user_id=user_id)
    participant.is_active = False
    participant.save()
