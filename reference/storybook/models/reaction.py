"""What readers leave at a story."""

from django.conf import settings
from django.db import models

from .story import Story


class Like(models.Model):
    """One heart of one reader."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    date_created = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("story", "user")]


class SavedStory(models.Model):
    """A story on a reader's shelf."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="saves")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    date_saved = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("story", "user")]
        ordering = ["-date_saved"]


class Comment(models.Model):
    """A line under a story."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    text = models.TextField()
    date_created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-date_created"]


class Rating(models.Model):
    """A reader's mark. The range is not checked: 0 and 9 are stored as sent."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="ratings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    value = models.IntegerField()
    date_created = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("story", "user")]


class StoryRead(models.Model):
    """That somebody other than the author has opened a story."""

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    date_read = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("story", "user")]
