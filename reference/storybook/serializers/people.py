"""People, in the several shapes that different calls show them."""


def picture_of(profile):
    """Return the address of an uploaded picture, or None; most people have an emoji only."""
    return profile.avatar.url if profile.avatar else None


def account(user):
    """Return the fields that login and the profile share."""
    profile = user.profile
    return {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "name": profile.display_name,
        "first_name": user.first_name,
        "last_name": user.last_name,
        "user_type": profile.user_type,
        "display_name": profile.display_name,
        "avatar": profile.avatar_emoji,
        "selected_avatar_border": profile.selected_avatar_border,
    }


def level_of(profile):
    """Return experience and level."""
    return {"experience_points": profile.experience_points, "level": profile.level}


def short(user):
    """Return a person as messages show one; the name costs a query for the profile."""
    return {"id": user.id, "username": user.username, "name": user.profile.display_name}


def befriended(user):
    """Return a person as friend requests show one."""
    profile = user.profile
    return {
        "id": user.id,
        "username": user.username,
        "profile": {
            "display_name": profile.display_name,
            "avatar_emoji": profile.avatar_emoji,
            "selected_avatar_border": profile.selected_avatar_border,
            "is_online": profile.is_online,
        },
        "story_count": user.stories.filter(is_published=True).count(),
    }
