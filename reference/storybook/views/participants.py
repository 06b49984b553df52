"""Who is in a session, what they did, and who is sent away."""

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.collaboration import sessions
from storybook.models import CollaborationSession, SessionParticipant

NOT_A_PARTICIPANT = "You are not a participant in this session"


@api_view(["GET"])
def presence(request, session_id):
    """List the active participants to each other. Failures are answered as JSON, with 500.

    A host whose own socket has closed is not active, so the host gets a second row inserted,
    which the table forbids.
    """
    try:
        session = get_object_or_404(CollaborationSession, session_id=session_id)
        if not sessions.is_active_participant(session, request.user):
            if session.host_id != request.user.id:
                return Response({"error": NOT_A_PARTICIPANT}, status=403)
            SessionParticipant.objects.create(session=session, user=request.user, role="host")
        seats = session.participants.filter(is_active=True)
        present = [shown(session, seat) for seat in seats]
    except Exception as error:  # the application answers every failure here in this way
        body = {"error": "Internal server error", "details": str(error)}
        return Response(body, status=500)
    return Response({"success": True, "participants": present, "total": len(present)})


def shown(session, seat):
    """Return a participant; the current page is never known here."""
    return {
        "user_id": seat.user_id,
        "username": seat.user.username,
        "display_name": seat.user.profile.display_name,
        "role": "host" if seat.user_id == session.host_id else "participant",
        "cursor_position": seat.cursor_position,
        "cursor_color": seat.cursor_color,
        "current_tool": seat.current_tool,
        "is_active": seat.is_active,
        "current_page": None,
        "joined_at": seat.joined_at.isoformat(),
        "last_seen": seat.last_seen.isoformat(),
    }


@api_view(["GET"])
def operations(request, session_id):
    """List every operation of the session, unpaged."""
    session = get_object_or_404(CollaborationSession, session_id=session_id)
    if not session.participants.filter(user=request.user).exists():
        return Response({"error": NOT_A_PARTICIPANT}, status=403)
    rows = session.operations.all()
    if page_number := request.query_params.get("page_number"):
        rows = rows.filter(page_number=page_number)
    shown_rows = [shown_operation(row) for row in rows]
    return Response({"success": True, "operations": shown_rows, "total": len(shown_rows)})


def shown_operation(row):
    """Return one operation with its user's name."""
    return {
        "id": row.id,
        "user_id": row.user_id,
        "username": row.user.username,
        "operation_type": row.operation_type,
        "operation_data": row.operation_data,
        "page_number": row.page_number,
        "sequence_number": row.sequence_number,
        "timestamp": row.timestamp.isoformat(),
    }


@api_view(["POST"])
def kick(request, session_id):
    """Mark a seat empty. The socket stays open and nobody is told."""
    session = get_object_or_404(CollaborationSession, session_id=session_id)
    if session.host_id != request.user.id:
        return Response({"error": "Only the host can kick participants"}, status=403)
    user_id = request.data.get("user_id")
    if not user_id:
        return Response({"error": "user_id is required"}, status=400)
    seat = session.participants.filter(user_id=user_id).first()
    if seat is None:
        return Response({"error": "Participant not found in this session"}, status=404)
    seat.is_active = False
    seat.save()
    return Response({"success": True, "message": "Participant removed successfully"})
