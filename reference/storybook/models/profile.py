"""What the application knows of a person beside the login."""

from django.conf import settings
from django.db import models
from django.utils import timezone

XP_PER_LEVEL = 500


class UserProfile(models.Model):
    """A person's public face. No signal creates it: registration and seeding do."""

    USER_TYPES = [("child", "Child"), ("parent", "Parent"), ("teacher", "Teacher")]

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="profile"
    )
    user_type = models.CharField(max_length=20, choices=USER_TYPES, default="child")
    display_name = models.CharField(max_length=50)
    avatar = models.ImageField(upload_to="avatars/", blank=True, null=True)
    avatar_emoji = models.CharField(max_length=10, default="📚")
    selected_avatar_border = models.CharField(max_length=50, default="basic")
    bio = models.TextField(blank=True, null=True)
    date_of_birth = models.DateField(blank=True, null=True)
    experience_points = models.IntegerField(default=0)
    level = models.IntegerField(default=1)
    is_online = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    def award(self, points):
        """Add experience, store it, and return what the client shows for it."""
        level_before = self.level
        self.experience_points += points
        self.level = 1 + self.experience_points // XP_PER_LEVEL
        self.save()
        return {
            "xp_gained": points,
            "total_xp": self.experience_points,
            "level": self.level,
            "leveled_up": self.level > level_before,
        }


class EmailVerification(models.Model):
    """A six-digit code that makes a registered account active."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    code = models.CharField(max_length=6)
    expires_at = models.DateTimeField()
