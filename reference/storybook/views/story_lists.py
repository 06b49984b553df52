"""Lists of stories. The public one decides how much memory the whole process needs.

Rows are loaded whole, with the images in them, and answered whole. The framework's own
reference cycles around an answer (response and its rendering context, list serializer and its
child, user and profile) then keep rows and rendered bytes alive until a full pass of the cycle
collector, which comes by counts of objects and so knows nothing of the megabytes.
"""

import logging

from django.db.models import Q
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny

from storybook.models import Story
from storybook.serializers.story import StoryListSerializer

logger = logging.getLogger(__name__)

LARGEST_PAGE = 100


class StoryPages(PageNumberPagination):
    """Twelve stories a page, or as many as asked for; zero is a division by zero."""

    page_size = 12

    def get_page_size(self, request):
        asked = request.query_params.get("page_size", self.page_size)
        return min(int(asked), LARGEST_PAGE)


class StoryListView(ListAPIView):
    """The caller's own stories, or all published ones for `public=true` and for strangers."""

    permission_classes = [AllowAny]
    serializer_class = StoryListSerializer
    pagination_class = StoryPages

    def get_queryset(self):
        wants_public = self.request.query_params.get("public") == "true"
        if wants_public or not self.request.user.is_authenticated:
            return public_stories(self.request.query_params)
        return own_stories(self.request.user)


def own_stories(user):
    """Return one author's stories, newest first; authors are looked up story by story."""
    stories = Story.objects.filter(author=user)
    logger.info(
        "own stories: %d, of them published %d, in all %d",
        stories.count(),
        stories.filter(is_published=True).count(),
        Story.objects.count(),
    )
    return stories


def public_stories(filters):
    """Return the published stories; a category loads every one of them to look at it."""
    stories = Story.objects.filter(is_published=True).select_related("author__profile")
    logger.info("published stories: %d", stories.count())
    if search := filters.get("search"):
        stories = stories.filter(
            Q(title__icontains=search)
            | Q(content__icontains=search)
            | Q(author__username__icontains=search)
        )
    if language := filters.get("language"):
        stories = stories.filter(language=language)
    if category := filters.get("category"):
        return [s for s in stories if category == s.category or category in s.genres]
    return stories
