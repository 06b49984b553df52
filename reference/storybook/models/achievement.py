"""Achievements and how far each person is with them."""

from django.conf import settings
from django.db import models


class Achievement(models.Model):
    """A goal: reach `target_value` in the statistic `metric_type`."""

    name = models.CharField(max_length=100, unique=True)
    description = models.TextField()
    category = models.CharField(max_length=50)
    metric_type = models.CharField(max_length=50)
    icon = models.CharField(max_length=10)
    color = models.CharField(max_length=20)
    target_value = models.IntegerField()
    rarity = models.CharField(max_length=20)
    sort_order = models.IntegerField()

    class Meta:
        ordering = ["category", "sort_order"]


class UserAchievement(models.Model):
    """One person's progress in one achievement; a row appears at the first profile view."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    achievement = models.ForeignKey(Achievement, on_delete=models.CASCADE)
    progress = models.IntegerField(default=0)
    is_earned = models.BooleanField(default=False)
    earned_at = models.DateTimeField(blank=True, null=True)

    class Meta:
        unique_together = [("user", "achievement")]
