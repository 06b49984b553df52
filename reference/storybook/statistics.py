"""The numbers that achievements count, each from a query of its own."""

from django.db.models import Q, Sum

from storybook.catalogue.rewards import AVATARS, BORDERS, unlocked
from storybook.models import (
    Comment,
    Friendship,
    GameAttempt,
    Like,
    SessionParticipant,
    Story,
    StoryRead,
)


def statistics_of(user):
    """Return the eighteen numbers. Words are counted in rows loaded whole, images and all."""
    stories = Story.objects.filter(author=user)
    friendships = Friendship.objects.filter(Q(sender=user) | Q(receiver=user), status="accepted")
    level = user.profile.level
    total_stories = stories.count()
    return {
        "total_stories": total_stories,
        "published_stories": stories.filter(is_published=True).count(),
        "manual_stories": total_stories,
        "ai_stories": 0,
        "total_words": sum(len(story.content.split()) for story in stories),
        "friends": friendships.count(),
        "likes_received": Like.objects.filter(story__author=user).count(),
        "comments_received": Comment.objects.filter(story__author=user).count(),
        "views_received": stories.aggregate(views=Sum("views"))["views"] or 0,
        "stories_read": StoryRead.objects.filter(user=user).count(),
        "characters_created": 0,
        "collaboration_count": SessionParticipant.objects.filter(user=user).count(),
        "collaborations_completed": Story.objects.filter(authors=user).count(),
        "leaderboard_rank": rank_of(user),
        "games_completed": GameAttempt.objects.filter(user=user, is_completed=True).count(),
        "level": level,
        "avatars_unlocked": len(unlocked(AVATARS, level)),
        "borders_unlocked": len(unlocked(BORDERS, level)),
    }


def rank_of(user):
    """Return the user's place among all authors by views."""
    published = Story.objects.filter(is_published=True)
    own = published.filter(author=user).aggregate(views=Sum("views"))["views"] or 0
    authors = published.order_by().values("author").annotate(total=Sum("views"))
    return 1 + authors.filter(total__gt=own).count()
