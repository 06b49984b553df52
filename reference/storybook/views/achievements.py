"""Achievements: the first look inserts a row for each, one by one."""

from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.models import Achievement, UserAchievement
from storybook.statistics import statistics_of


@api_view(["GET"])
def progress(request):
    """Show every achievement and the numbers behind them.

    The client asks twice at once. Two first looks both find no rows and insert the same ones,
    so that one of the two calls ends with 500.
    """
    user_stats = statistics_of(request.user)
    rows = {row.achievement_id: row for row in UserAchievement.objects.filter(user=request.user)}
    shown = []
    for achievement in Achievement.objects.all():
        row = rows.get(achievement.id)
        if row is None:
            row = UserAchievement(user=request.user, achievement=achievement)
        advance(row, achievement, user_stats[achievement.metric_type])
        shown.append(with_progress(achievement, row))
    return Response({"success": True, "achievements": shown, "user_stats": user_stats})


def advance(row, achievement, value):
    """Store new progress, and any row that is new itself."""
    reached = min(value, achievement.target_value)
    if row.id and reached == row.progress:
        return
    row.progress = reached
    if reached == achievement.target_value and not row.is_earned:
        row.is_earned, row.earned_at = True, timezone.now()
    row.save()


def with_progress(achievement, row):
    """Return an achievement's fourteen fields."""
    return {
        "id": achievement.id,
        "name": achievement.name,
        "description": achievement.description,
        "category": achievement.category,
        "metric_type": achievement.metric_type,
        "icon": achievement.icon,
        "color": achievement.color,
        "target_value": achievement.target_value,
        "rarity": achievement.rarity,
        "sort_order": achievement.sort_order,
        "progress": row.progress,
        "progress_percentage": row.progress * 100 / achievement.target_value,
        "is_earned": row.is_earned,
        "earned_at": row.earned_at,
    }
