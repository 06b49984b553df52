"""Words that the client filters from what people type."""

from django.db import models


class ProfanityWord(models.Model):
    """One word, for one language or for both."""

    LANGUAGES = [("en", "English"), ("tl", "Tagalog"), ("both", "Both")]

    word = models.CharField(max_length=100, unique=True)
    language = models.CharField(max_length=10, choices=LANGUAGES, default="both")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["word"]
