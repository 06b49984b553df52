"""Stories: the images are data URLs inside text columns, so a row weighs up to megabytes."""

from django.conf import settings
from django.db import models
from django.utils import timezone

CATEGORIES = [
    "adventure",
    "fantasy",
    "mystery",
    "action",
    "friendship",
    "scifi",
    "comedy",
    "sci_fi",
    "fairy_tale",
    "educational",
    "animal",
    "other",
]
LANGUAGES = ["en", "tl"]


class Story(models.Model):
    """A picture book. `canvas_data` is a JSON string of pages; the cover is stored twice."""

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="stories"
    )
    authors = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="collaborative_stories"
    )
    title = models.CharField(max_length=200)
    content = models.TextField()
    canvas_data = models.TextField()
    cover_image = models.TextField(blank=True)
    summary = models.TextField(blank=True)
    category = models.CharField(
        max_length=50, choices=[(name, name) for name in CATEGORIES], default="other"
    )
    genres = models.JSONField(default=list, blank=True)
    language = models.CharField(
        max_length=10, choices=[(name, name) for name in LANGUAGES], default="en"
    )
    is_published = models.BooleanField(default=False)
    is_collaborative = models.BooleanField(default=False)
    views = models.IntegerField(default=0)
    date_created = models.DateTimeField(default=timezone.now)
    date_updated = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-date_created", "-id"]
