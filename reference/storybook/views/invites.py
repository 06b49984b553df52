"""Invitations to a collaboration session, which are notifications that soon go stale."""

from datetime import timedelta

from django.contrib.auth import get_user_model
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.collaboration import sessions
from storybook.models import Notification
from storybook.push import push, user_group
from storybook.serializers.people import picture_of
from storybook.serializers.times import utc_text

KIND = "collaboration_invite"
LIFETIME = timedelta(seconds=60)


@api_view(["GET"])
def invites(request):
    """List the caller's open invitations, deleting those that are older than a minute."""
    mine = Notification.objects.filter(
        recipient=request.user, notification_type=KIND, is_read=False
    )
    mine.filter(created_at__lt=timezone.now() - LIFETIME).delete()
    return Response({"success": True, "invitations": [shown(row) for row in mine]})


def shown(row):
    """Return an invitation as the invitee sees it."""
    profile = row.sender.profile
    return {
        "id": row.id,
        "session_id": row.data["session_id"],
        "story_title": row.data["story_title"],
        "inviter_id": row.sender_id,
        "inviter_name": profile.display_name,
        "inviter_avatar": picture_of(profile) or "👤",
        "created_at": row.created_at.isoformat(),
        "is_read": row.is_read,
    }


@api_view(["POST"])
def invite(request):
    """Invite somebody; that the two are friends is not checked."""
    session_id, friend_id = request.data.get("session_id"), request.data.get("friend_id")
    if not session_id or not friend_id:
        return Response({"error": "session_id and friend_id are required"}, status=400)
    session = sessions.find(session_id)
    if session is None:
        return Response({"error": "Session not found"}, status=404)
    if session.host_id != request.user.id:
        return Response({"error": "Only the host can send invitations"}, status=403)
    friend = get_user_model().objects.filter(id=friend_id).first()
    if friend is None:
        return Response({"error": "Friend not found"}, status=404)
    title = request.data.get("story_title", session.canvas_name)
    row = Notification.objects.create(
        recipient=friend,
        sender=request.user,
        notification_type=KIND,
        data={"session_id": session_id, "story_title": title},
    )
    push(user_group(friend.id), {"type": KIND, "message": pushed(row)})
    return Response(
        {
            "success": True,
            "message": "Invitation sent as notification",
            "notification_id": row.id,
        }
    )


def pushed(row):
    """Return an invitation as sockets carry it."""
    return {
        "id": row.id,
        "sender_id": row.sender_id,
        "sender_name": row.sender.profile.display_name,
        "session_id": row.data["session_id"],
        "story_title": row.data["story_title"],
        "created_at": utc_text(row.created_at),
        "message_type": KIND,
    }


@api_view(["POST"])
def respond(request, invite_id):
    """Accept or decline, any number of times; accepting takes no seat in the session."""
    action = request.data.get("action")
    if action not in ("accept", "decline"):
        return Response({"error": 'action must be "accept" or "decline"'}, status=400)
    row = Notification.objects.filter(
        id=invite_id, recipient=request.user, notification_type=KIND
    ).first()
    if row is None:
        return Response({"error": "Invitation not found"}, status=404)
    row.is_read = True
    row.save()
    session_id = row.data["session_id"] if action == "accept" else None
    return Response({"success": True, "action": action, "session_id": session_id})
