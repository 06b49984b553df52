"""Friends and requests to become one."""

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.models import Friendship, Message
from storybook.push import push, user_group
from storybook.serializers import people
from storybook.serializers.times import utc_text

XP_FOR_A_FRIEND = 5


@api_view(["GET"])
def friends(request):
    """List all friends, unpaged, five queries for each."""
    return Response(
        {
            "success": True,
            "friends": [shown_friend(request.user, friend) for friend in friends_of(request.user)],
        }
    )


def friends_of(user):
    """Return a user's friends: those who were asked first, then those who asked."""
    sent = Friendship.objects.filter(sender=user, status="accepted")
    received = Friendship.objects.filter(receiver=user, status="accepted")
    return [row.receiver for row in sent] + [row.sender for row in received]


def are_friends(one, other):
    """Say whether two users are friends."""
    return between(one, other).filter(status="accepted").exists()


def between(one, other):
    """Return the requests between two users, whoever asked."""
    return Friendship.objects.filter(Q(sender=one, receiver=other) | Q(sender=other, receiver=one))


def shown_friend(user, friend):
    """Return a friend with what was said last."""
    profile = friend.profile
    last = (
        Message.objects.filter(Q(sender=user, receiver=friend) | Q(sender=friend, receiver=user))
        .order_by("-created_at")
        .first()
    )
    unread = Message.objects.filter(sender=friend, receiver=user, is_read=False).count()
    return {
        "id": friend.id,
        "name": profile.display_name,
        "avatar": profile.avatar_emoji,
        "selected_avatar_border": profile.selected_avatar_border,
        "username": friend.username,
        "is_online": profile.is_online,
        "story_count": friend.stories.filter(is_published=True).count(),
        "last_message_time": last.created_at.isoformat() if last else None,
        "unread_messages": unread or None,
    }


@api_view(["GET"])
def requests(request):
    """List the requests that wait for the caller's answer."""
    rows = Friendship.objects.filter(receiver=request.user, status="pending")
    return Response({"success": True, "requests": [shown(row) for row in rows]})


@api_view(["POST"])
def send_request(request):
    """Ask somebody, even oneself, to be a friend."""
    receiver_id = request.data.get("receiver_id")
    if not receiver_id:
        return Response({"error": "Receiver ID is required"}, status=400)
    receiver = get_object_or_404(get_user_model(), id=receiver_id)
    if between(request.user, receiver).exclude(status="rejected").exists():
        text = "Friend request already exists or you are already friends"
        return Response({"error": text}, status=400)
    row = Friendship.objects.create(sender=request.user, receiver=receiver)
    push(user_group(receiver.id), {"type": "friend_request", "friendship": pushed(row)})
    body = {
        "success": True,
        "message": "Friend request sent successfully",
        "friendship": shown(row),
    }
    return Response(body, status=201)


@api_view(["PUT"])
def respond(request, friendship_id):
    """Accept or reject a request to the caller."""
    row = get_object_or_404(Friendship, id=friendship_id, receiver=request.user, status="pending")
    action = request.data.get("action")
    if action not in ("accept", "reject"):
        return Response({"error": 'Invalid action. Use "accept" or "reject"'}, status=400)
    row.status = f"{action}ed"
    row.save()
    if action == "accept":
        row.sender.profile.award(XP_FOR_A_FRIEND)
        payload = {"type": "friend_request_accepted", "friendship": pushed(row)}
        push(user_group(row.sender_id), payload)
    return Response(
        {"success": True, "message": f"Friend request {row.status}", "friendship": shown(row)}
    )


def shown(row):
    """Return a request with both people."""
    return {
        "id": row.id,
        "sender": people.befriended(row.sender),
        "receiver": people.befriended(row.receiver),
        "status": row.status,
        "date_created": row.date_created,
    }


def pushed(row):
    """Return a request as sockets carry it, where a time must be text already."""
    return {**shown(row), "date_created": utc_text(row.date_created)}
