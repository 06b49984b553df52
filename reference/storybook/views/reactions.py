"""Likes, shelves, comments and ratings."""

from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from storybook.listing import as_listed, serializer_of_lists
from storybook.models import Comment, Like, Rating, SavedStory, Story
from storybook.serializers.people import picture_of

from .stories import invalid


@api_view(["POST"])
def like(request, story_id):
    """Like a story, or take the like back."""
    story = get_object_or_404(Story, id=story_id)
    is_liked = toggle(Like, story, request.user)
    body = {
        "success": True,
        "message": "Story liked" if is_liked else "Story unliked",
        "is_liked": is_liked,
        "likes_count": story.likes.count(),
    }
    return Response(body, status=201 if is_liked else 200)


@api_view(["POST"])
def save(request, story_id):
    """Put a story on the caller's shelf, or take it off."""
    story = get_object_or_404(Story, id=story_id)
    is_saved = toggle(SavedStory, story, request.user)
    body = {
        "success": True,
        "message": "Story saved to library" if is_saved else "Story removed from library",
        "is_saved": is_saved,
        "saves_count": story.saves.count(),
    }
    return Response(body, status=201 if is_saved else 200)


def toggle(model, story, user):
    """Add the row, or remove it, and say whether it is there now."""
    row, created = model.objects.get_or_create(story=story, user=user)
    if not created:
        row.delete()
    return created


@api_view(["GET"])
def saved(request):
    """List the whole shelf, unpaged, every story whole."""
    rows = SavedStory.objects.filter(user=request.user).select_related("story__author__profile")
    rows = as_listed(rows, "story__")
    serializer, context = serializer_of_lists(), {"request": request}
    stories = [
        {**serializer(row.story, context=context).data, "date_saved": row.date_saved}
        for row in rows
    ]
    return Response({"success": True, "stories": stories})


class CommentSerializer(serializers.ModelSerializer):
    """A comment and its author's name."""

    author_name = serializers.CharField(source="author.profile.display_name", read_only=True)
    author_avatar = serializers.SerializerMethodField()

    class Meta:
        model = Comment
        fields = ["id", "story", "author", "author_name", "author_avatar", "text", "date_created"]
        read_only_fields = ["story", "author"]

    def get_author_avatar(self, comment):
        return picture_of(comment.author.profile)


class CommentListView(ListAPIView):
    """The comments of a story, twenty a page."""

    permission_classes = [AllowAny]
    serializer_class = CommentSerializer

    def get_queryset(self):
        return Comment.objects.filter(story_id=self.kwargs["story_id"])


@api_view(["POST"])
def create_comment(request, story_id):
    """Write under a story."""
    story = get_object_or_404(Story, id=story_id)
    serializer = CommentSerializer(data=request.data)
    if not serializer.is_valid():
        return invalid(serializer)
    serializer.save(story=story, author=request.user)
    body = {
        "success": True,
        "message": "Comment created successfully",
        "comment": serializer.data,
    }
    return Response(body, status=201)


@api_view(["POST"])
def rate(request, story_id):
    """Give a mark, or change it; without one the last mark stands."""
    story = get_object_or_404(Story, id=story_id)
    given = {"value": request.data["rating"]} if "rating" in request.data else {}
    rating, created = Rating.objects.update_or_create(
        story=story, user=request.user, defaults=given
    )
    return Response(
        {
            "success": True,
            "message": f"Rating {'created' if created else 'updated'} successfully",
            "rating": {
                "id": rating.id,
                "story": story.id,
                "user": request.user.id,
                "value": rating.value,
                "date_created": rating.date_created,
            },
        }
    )
