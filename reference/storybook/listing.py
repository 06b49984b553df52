"""How lists show their stories: whole, or without the images where that remedy is on."""

from django.conf import settings

from storybook.serializers.story import StoryCardSerializer, StoryListSerializer

IMAGES = ["canvas_data", "cover_image"]


def serializer_of_lists():
    """Return the class that writes one story of a list."""
    return StoryCardSerializer if settings.DEFER_IMAGES else StoryListSerializer


def as_listed(rows, story=""):
    """Return rows that load of each story what its list shows; `story` is the way to it."""
    if not settings.DEFER_IMAGES:
        return rows
    return rows.defer(*(story + column for column in IMAGES))
