"""The caller's own profile; a GET also serves clients as a sign of life."""

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.models import UserProfile
from storybook.models.profile import XP_PER_LEVEL
from storybook.serializers import people


@api_view(["GET", "PUT", "PATCH"])
def profile(request):
    """Show the profile, or change those fields that came."""
    row = get_object_or_404(UserProfile, user=request.user)
    if request.method == "GET":
        return Response({"success": True, "data": {**shown(row), **progress(row)}})
    change(row, request.data)
    return Response(
        {"success": True, "data": shown(row), "message": "Profile updated successfully"}
    )


def change(row, fields):
    """Store new values; the whole name becomes the first name as well."""
    if "name" in fields:
        row.display_name = row.user.first_name = fields["name"]
        row.user.save()
    row.avatar_emoji = fields.get("avatar", row.avatar_emoji)
    row.bio = fields.get("bio", row.bio)
    row.selected_avatar_border = fields.get("selected_avatar_border", row.selected_avatar_border)
    row.save()


def shown(row):
    """Return the thirteen fields that every profile answer has."""
    return {
        **people.account(row.user),
        "bio": row.bio,
        "date_of_birth": row.date_of_birth,
        "created_at": row.created_at,
    }


def progress(row):
    """Return experience, level and the way to the next level."""
    gained = row.experience_points % XP_PER_LEVEL
    return {
        **people.level_of(row),
        "xp_for_next_level": row.level * XP_PER_LEVEL,
        "xp_progress": gained,
        "xp_progress_percentage": gained * 100 / XP_PER_LEVEL,
    }
