"""What the caller's level has unlocked, and what comes next."""

from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.catalogue.rewards import AVATARS, BORDERS, at, next_level, unlocked


@api_view(["GET"])
def rewards(request):
    """List all rewards, unlocked or not."""
    profile = request.user.profile
    level = profile.level
    avatar_level, border_level = next_level(AVATARS, level), next_level(BORDERS, level)
    body = {
        "unlocked": {"avatars": unlocked(AVATARS, level), "borders": unlocked(BORDERS, level)},
        "next_unlock": {
            "avatar_level": avatar_level,
            "border_level": border_level,
            "avatar_preview": at(AVATARS, avatar_level),
            "border_preview": at(BORDERS, border_level),
        },
        "current_level": level,
        "all_rewards": {"avatars": marked(AVATARS, level), "borders": marked(BORDERS, level)},
    }
    return Response(
        {"success": True, "rewards": body, "selected_border": profile.selected_avatar_border}
    )


def marked(items, level):
    """Return every reward with its level, and whether it is unlocked."""
    return [
        {"item": item, "unlockLevel": needed, "isUnlocked": needed <= level}
        for item, needed in items
    ]
