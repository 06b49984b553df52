"""One story: read, written, published, deleted. Every call loads the whole row."""

import json

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from storybook.models import Like, SavedStory, Story, StoryRead
from storybook.serializers.story import StoryDetailSerializer

XP_FOR_CREATING = 100
XP_FOR_PUBLISHING = 50


@api_view(["GET"])
@permission_classes([AllowAny])
def detail(request, story_id):
    """Show a story and count the view; others' drafts do not exist."""
    story = get_object_or_404(Story, id=story_id)
    if not story.is_published and story.author_id != request.user.id:
        return Response({"error": "Story not found or not published"}, status=404)
    count_view(story, request.user)
    return Response({"success": True, "story": shown(story, request)})


def count_view(story, user):
    """Count every view, and remember a reader's first one."""
    if user.is_authenticated and user.id != story.author_id:
        StoryRead.objects.get_or_create(story=story, user=user)
    story.views += 1
    story.save(update_fields=["views"])


@api_view(["GET"])
@permission_classes([AllowAny])
def stats(request, story_id):
    """Count reactions. Readers ask every ten seconds, and each time all images are loaded."""
    story = get_object_or_404(Story, id=story_id)
    user = request.user if request.user.is_authenticated else None
    return Response(
        {
            "success": True,
            "likes_count": story.likes.count(),
            "comments_count": story.comments.count(),
            "views": story.views,
            "saves_count": story.saves.count(),
            "is_liked_by_user": Like.objects.filter(story=story, user=user).exists(),
            "is_saved_by_user": SavedStory.objects.filter(story=story, user=user).exists(),
        }
    )


@api_view(["POST"])
def create(request):
    """Store a new story and answer with the whole of it."""
    serializer = StoryDetailSerializer(data=request.data, context={"request": request})
    if not serializer.is_valid():
        return invalid(serializer)
    serializer.save(author=request.user)
    body = {
        "success": True,
        "message": "Story created successfully",
        "story": serializer.data,
        "xp_earned": request.user.profile.award(XP_FOR_CREATING),
    }
    return Response(body, status=201)


@api_view(["PUT", "PATCH"])
def update(request, story_id):
    """Read, write and echo the whole row; this is what autosave calls."""
    story = get_object_or_404(Story, id=story_id, author=request.user)
    serializer = StoryDetailSerializer(
        story, data=request.data, partial=True, context={"request": request}
    )
    if not serializer.is_valid():
        return invalid(serializer)
    serializer.save()
    return Response(
        {"success": True, "message": "Story updated successfully", "story": serializer.data}
    )


@api_view(["POST"])
def publish(request, story_id):
    """Make a story public, once."""
    story = get_object_or_404(Story, id=story_id, author=request.user)
    if story.is_published:
        return Response({"success": False, "message": "Story is already published"}, status=400)
    story.is_published = True
    story.save()
    return Response(
        {
            "success": True,
            "message": "Story published successfully",
            "story_id": story.id,
            "xp_earned": request.user.profile.award(XP_FOR_PUBLISHING),
            "games_generated": False,
            "games_info": why_no_games(story),
        }
    )


def why_no_games(story):
    """Say why publishing made no games: they want JSON pages, and clients send plain text."""
    try:
        json.loads(story.content)
    except ValueError:
        return "Invalid story content format"
    return "Games are generated on request"


@api_view(["POST"])
def unpublish(request, story_id):
    """Make a story private again."""
    story = get_object_or_404(Story, id=story_id, author=request.user)
    story.is_published = False
    story.save()
    return Response(
        {
            "success": True,
            "message": "Story unpublished successfully",
            "story_id": story.id,
            "is_published": False,
        }
    )


@api_view(["DELETE"])
def delete(request, story_id):
    """Remove a story for good."""
    get_object_or_404(Story, id=story_id, author=request.user).delete()
    return Response({"success": True, "message": "Story deleted successfully"})


def shown(story, request):
    """Return a story's 24 fields."""
    return StoryDetailSerializer(story, context={"request": request}).data


def invalid(serializer):
    """Answer with what is wrong with a body."""
    return Response({"error": "Validation failed", "details": serializer.errors}, status=400)
