"""Who is where: cursors, tools and the page each participant looks at."""

from storybook.models import SessionParticipant

from .sessions import load


def move_cursor(session_id, user, position):
    """Store a cursor position: one read and one write for every movement."""
    participant = SessionParticipant.objects.get(session__session_id=session_id, user=user)
    participant.cursor_position = position
    participant.save()


def color_of(session_id, user):
    """Return the participant's colour, asked anew for every cursor message."""
    return SessionParticipant.objects.values_list("cursor_color", flat=True).get(
        session__session_id=session_id, user=user
    )


def update(session_id, user, cursor_position, current_tool):
    """Store what a participant does; an absent tool leaves the last one standing."""
    participant = SessionParticipant.objects.get(session__session_id=session_id, user=user)
    participant.cursor_position = cursor_position or {}
    if current_tool:
        participant.current_tool = current_tool
    participant.save()


def page_viewers(session_id):
    """Return the active participants by page, two queries for each of them."""
    viewers = {}
    session = load(session_id)
    for participant in session.participants.filter(is_active=True):
        user = participant.user
        viewers.setdefault(str(last_page(session, user)), []).append(
            {
                "user_id": user.id,
                "username": user.username,
                "display_name": user.username,
                "cursor_color": participant.cursor_color,
            }
        )
    return viewers


def last_page(session, user):
    """Return the page of the user's last page turn, the first page without one."""
    turn = (
        session.operations.filter(user=user, operation_type="page_change")
        .order_by("-sequence_number")
        .first()
    )
    return turn.page_number if turn else 0
