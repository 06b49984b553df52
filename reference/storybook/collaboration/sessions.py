"""Entering and leaving a session."""

from django.utils import timezone

from storybook.models import CollaborationSession, SessionParticipant
from storybook.models.collaboration import HOST_LEFT


def load(session_id):
    """Load the whole row: every canvas and the draft are decoded, whatever is asked for."""
    return CollaborationSession.objects.get(session_id=session_id)


def find(session_id):
    """Return the session, or None when there is none of that name."""
    return CollaborationSession.objects.filter(session_id=session_id).first()


def may_enter(session, user):
    """Say whether a socket is accepted: a participant always is, a newcomer if joinable."""
    return session.participants.filter(user=user).exists() or session.is_joinable()


def welcome_back_host(session, user):
    """Wake the session when its host connects: even an ended one comes back to life."""
    if session.host_id != user.id:
        return
    session.canvas_state.pop(HOST_LEFT, None)
    session.is_active = True
    session.save()


def take_seat(session, user):
    """Return the user's active participant row, made or woken up."""
    participant, created = SessionParticipant.objects.get_or_create(session=session, user=user)
    if not created and not participant.is_active:
        participant.is_active = True
        participant.save()
    return participant


def active_participants(session):
    """Return the seats in use, as clients see them; each costs a query for its user."""
    return [
        {
            "user_id": participant.user_id,
            "username": participant.user.username,
            "cursor_color": participant.cursor_color,
        }
        for participant in session.participants.filter(is_active=True)
    ]


def leave(session_id, user):
    """Mark the seat empty, even if another socket of the user is still open."""
    SessionParticipant.objects.filter(session__session_id=session_id, user=user).update(
        is_active=False
    )
    session = find(session_id)
    if session is not None and session.host_id == user.id:
        session.canvas_state[HOST_LEFT] = timezone.now().isoformat()
        session.save(update_fields=["canvas_state"])


def is_active_participant(session, user):
    """Say whether the user's seat is in use."""
    return session.participants.filter(user=user, is_active=True).exists()
