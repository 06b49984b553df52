"""Direct messages between friends."""

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.models import Message
from storybook.push import push, user_group
from storybook.serializers import people
from storybook.serializers.times import utc_text

from .friends import are_friends


@api_view(["GET"])
def conversations(request):
    """List everybody the caller has written with, about four queries for each."""
    user = request.user
    partners = dict.fromkeys(
        row.receiver_id if row.sender_id == user.id else row.sender_id
        for row in Message.objects.filter(Q(sender=user) | Q(receiver=user)).order_by("-id")
    )
    return Response(
        {"success": True, "conversations": [conversation(user, other) for other in partners]}
    )


def conversation(user, partner_id):
    """Return one conversation by its last message."""
    partner = get_user_model().objects.get(id=partner_id)
    last = history_of(user, partner).last()
    return {
        "user": people.short(partner),
        "last_message": {
            "content": last.content,
            "created_at": last.created_at,
            "is_from_me": last.sender_id == user.id,
        },
        "unread_count": Message.objects.filter(
            sender=partner, receiver=user, is_read=False
        ).count(),
    }


def history_of(user, partner):
    """Return all messages between two people, oldest first."""
    return Message.objects.filter(
        Q(sender=user, receiver=partner) | Q(sender=partner, receiver=user)
    )


@api_view(["GET"])
def history(request, user_id):
    """Show the whole history, some four queries a message, and mark it read."""
    partner = get_object_or_404(get_user_model(), id=user_id)
    body = [shown(message) for message in history_of(request.user, partner)]
    unread_from(partner, request.user).update(is_read=True)
    return Response({"success": True, "messages": body})


@api_view(["PUT"])
def mark_read(request, user_id):
    """Mark everything from one person as read."""
    partner = get_object_or_404(get_user_model(), id=user_id)
    count = unread_from(partner, request.user).update(is_read=True)
    return Response({"success": True, "marked_read": count})


def unread_from(partner, user):
    """Return what the user has not read of a partner's messages."""
    return Message.objects.filter(sender=partner, receiver=user, is_read=False)


@api_view(["POST"])
def send(request):
    """Write to a friend, whose sockets hear of it."""
    receiver_id, content = request.data.get("receiver_id"), request.data.get("content")
    if not receiver_id:
        return Response({"error": "Receiver ID is required"}, status=400)
    if not content:
        return Response({"error": "Message content is required"}, status=400)
    receiver = get_object_or_404(get_user_model(), id=receiver_id)
    if not are_friends(request.user, receiver):
        return Response({"error": "You can only message your friends"}, status=403)
    message = Message.objects.create(sender=request.user, receiver=receiver, content=content)
    pushed = {**shown(message), "created_at": utc_text(message.created_at)}
    push(user_group(receiver.id), {"type": "new_message", "message": pushed})
    return Response({"success": True, "message": shown(message)}, status=201)


def shown(message):
    """Return a message with both people; each is looked up anew."""
    return {
        "id": message.id,
        "sender": people.short(message.sender),
        "receiver": people.short(message.receiver),
        "content": message.content,
        "message_type": message.message_type,
        "metadata": message.metadata,
        "is_read": message.is_read,
        "created_at": message.created_at,
    }
