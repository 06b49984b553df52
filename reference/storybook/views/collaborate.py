"""Sessions over REST: opened, joined, looked at, started and ended."""

from datetime import timedelta

from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.collaboration import sessions
from storybook.models import CollaborationSession, SessionParticipant
from storybook.push import push, session_group, user_group


@api_view(["POST"])
def create(request):
    """Open a session whose first participant is the caller."""
    session = CollaborationSession.objects.create(
        host=request.user,
        canvas_name=request.data.get("canvas_name", "Untitled Canvas"),
        max_participants=request.data.get("max_participants", 10),
        expires_at=timezone.now() + timedelta(hours=request.data.get("duration_hours", 24)),
    )
    SessionParticipant.objects.create(session=session, user=request.user, role="host")
    body = {
        "session_id": session.session_id,
        "join_code": session.join_code,
        "canvas_name": session.canvas_name,
        "invite_link": f"/canvas/collaborate/{session.session_id}",
        "max_participants": session.max_participants,
        "expires_at": session.expires_at,
        "websocket_url": socket_path(session),
    }
    return Response({"success": True, "session": body}, status=201)


@api_view(["POST"])
def join_by_code(request):
    """Take a seat by the code; a full session refuses even those who have one."""
    code = request.data.get("join_code")
    if not code:
        return Response({"error": "Join code is required"}, status=400)
    session = CollaborationSession.objects.filter(join_code=code.upper(), is_active=True).first()
    if session is None:
        return Response({"error": "Invalid or expired join code"}, status=404)
    if not session.is_joinable():
        text = "Session is full or no longer accepting participants"
        return Response({"error": text}, status=403)
    sessions.take_seat(session, request.user)
    return Response({"success": True, "session": joined(session, request.user)})


def joined(session, user):
    """Return a session as join-by-code shows it, with times in the notation ending in +00:00."""
    body = overview(session, user)
    for seat in body["participants"]:
        seat["joined_at"] = seat["joined_at"].isoformat()
    for key in ("created_at", "expires_at"):
        body[key] = body[key].isoformat()
    return body


@api_view(["GET"])
def detail(request, session_id):
    """Show an active session to anybody who is logged in."""
    session = sessions.find(session_id)
    if session is None:
        return Response({"error": "Session not found"}, status=404)
    if not session.is_active:
        return Response({"error": "Session is no longer active"}, status=404)
    body = {
        **overview(session, request.user),
        "host_id": session.host_id,
        "is_lobby_open": session.is_lobby_open,
        "story_draft": session.story_draft,
        "story_title": session.title(),
    }
    return Response({"success": True, "session": body})


def overview(session, user):
    """Return what every answer about a session has."""
    seats = session.participants.filter(is_active=True)
    return {
        "session_id": session.session_id,
        "join_code": session.join_code,
        "canvas_name": session.canvas_name,
        "host": {"id": session.host_id, "username": session.host.username},
        "is_host": session.host_id == user.id,
        "max_participants": session.max_participants,
        "participant_count": seats.count(),
        "can_join": session.is_joinable(),
        "participants": [
            {
                "user_id": seat.user_id,
                "username": seat.user.username,
                "cursor_color": seat.cursor_color,
                "joined_at": seat.joined_at,
            }
            for seat in seats
        ],
        "created_at": session.created_at,
        "expires_at": session.expires_at,
        "websocket_url": socket_path(session),
    }


def socket_path(session):
    """Return where the session's socket is."""
    return f"/ws/collaborate/{session.session_id}/"


@api_view(["POST"])
def start(request, session_id):
    """Close the lobby and tell every active participant."""
    session = sessions.find(session_id)
    if session is None:
        return Response({"error": "Session not found"}, status=404)
    if session.host_id != request.user.id:
        return Response({"error": "Only the host can start this session"}, status=403)
    session.is_lobby_open = False
    session.save()
    tell_participants(session, "collaboration_session_started")
    body = {
        "success": True,
        "message": "Session started successfully",
        "session_id": session.session_id,
    }
    return Response(body)


@api_view(["POST"])
def end(request, session_id):
    """End a session, any number of times."""
    session = sessions.find(session_id)
    if session is None:
        return Response({"error": "Session not found"}, status=404)
    if session.host_id != request.user.id:
        return Response({"error": "Only the host can end this session"}, status=403)
    session.is_active = False
    session.save()
    payload = {
        "type": "session_ended",
        "session_id": session.session_id,
        "story_title": session.canvas_name,
        "ended_by": request.user.username,
    }
    push(session_group(session.session_id), payload)
    tell_participants(session, "collaboration_host_left")
    return Response({"success": True, "message": "Session ended successfully"})


def tell_participants(session, kind):
    """Tell the notification sockets of all active participants, the host too."""
    payload = {
        "type": kind,
        "session_id": session.session_id,
        "story_title": session.canvas_name,
    }
    for seat in session.participants.filter(is_active=True):
        push(user_group(seat.user_id), payload)
