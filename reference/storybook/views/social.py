"""What others do: the feed, the search and the leaderboard."""

from django.contrib.auth import get_user_model
from django.db.models import Count, Q, Sum
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from storybook.models import Comment, Friendship, Like, SavedStory, Story, UserAchievement

from .friends import friends_of

REACTIONS = [
    (Comment, "comment", "author", "date_created", "commented_on_your_story"),
    (Like, "like", "user", "date_created", "liked_your_story"),
    (SavedStory, "save", "user", "date_saved", "saved_your_story"),
]


@api_view(["GET"])
def activity_feed(request):
    """List news of friends and of the caller's stories, loading whole stories for it."""
    limit = int(request.query_params.get("limit", 20))
    events = published_by(friends_of(request.user), limit)
    for model, prefix, actor, moment, kind in REACTIONS:
        rows = model.objects.filter(story__author=request.user)
        rows = rows.exclude(**{actor: request.user}).select_related("story")
        for row in rows.order_by(f"-{moment}")[:limit]:
            user, when = getattr(row, actor), getattr(row, moment)
            events.append(event(f"{prefix}_{row.id}", user, kind, row.story, when))
    events.sort(key=lambda item: item["timestamp"], reverse=True)
    return Response({"success": True, "activities": events[:limit]})


def published_by(people, limit):
    """Return the friends' newest stories as events."""
    stories = Story.objects.filter(author__in=people, is_published=True)[:limit]
    return [
        event(f"story_{story.id}", story.author, "published", story, story.date_created)
        for story in stories
    ]


def event(event_id, user, kind, story, moment):
    """Return one line of the feed."""
    profile = user.profile
    return {
        "id": event_id,
        "user_id": user.id,
        "user_name": profile.display_name,
        "user_avatar": profile.avatar_emoji,
        "selected_avatar_border": profile.selected_avatar_border,
        "activity_type": kind,
        "story_title": story.title,
        "story_id": story.id,
        "timestamp": moment.isoformat(),
    }


@api_view(["GET"])
def search(request):
    """Find people by name. Friends are listed even if the client asks to leave them out."""
    query = request.query_params.get("q", "")
    offset = int(request.query_params.get("offset", 0))
    limit = int(request.query_params.get("limit", 20))
    found = (
        get_user_model()
        .objects.filter(Q(username__icontains=query) | Q(profile__display_name__icontains=query))
        .filter(is_staff=False)
        .exclude(id=request.user.id)
        .order_by("id")
    )
    total = found.count()
    return Response(
        {
            "success": True,
            "users": [found_user(request.user, u) for u in found[offset : offset + limit]],
            "total": total,
            "offset": offset,
            "limit": limit,
            "has_more": offset + limit < total,
        }
    )


def found_user(user, other):
    """Return somebody who was found, and how the caller stands to that person."""
    profile = other.profile
    pending = Friendship.objects.filter(status="pending")
    accepted = Friendship.objects.filter(status="accepted")
    return {
        "id": other.id,
        "username": other.username,
        "name": profile.display_name,
        "avatar": profile.avatar_emoji,
        "bio": profile.bio or "",
        "is_friend": accepted.filter(
            Q(sender=user, receiver=other) | Q(sender=other, receiver=user)
        ).exists(),
        "request_sent": pending.filter(sender=user, receiver=other).exists(),
        "request_received": pending.filter(sender=other, receiver=user).exists(),
        "story_count": other.stories.filter(is_published=True).count(),
    }


@api_view(["GET"])
@permission_classes([AllowAny])
def leaderboard(request):
    """List everybody with a published story; no limit is kept.

    The joins multiply: a story with two likes counts as two stories and twice its reads.
    """
    authors = (
        get_user_model()
        .objects.filter(stories__is_published=True)
        .annotate(
            story_count=Count("stories"),
            total_reads=Sum("stories__views"),
            total_likes=Count("stories__likes"),
        )
        .order_by("-story_count", "id")
    )
    return Response({"success": True, "leaderboard": [ranked(author) for author in authors]})


def ranked(author):
    """Return one line of the leaderboard, two queries each."""
    profile = author.profile
    return {
        "id": author.id,
        "name": profile.display_name,
        "avatar": profile.avatar_emoji,
        "selected_avatar_border": profile.selected_avatar_border,
        "rank": 0,
        "story_count": author.story_count,
        "total_reads": author.total_reads,
        "total_likes": author.total_likes,
        "badges": [],
        "achievement_count": UserAchievement.objects.filter(user=author, is_earned=True).count(),
    }
