"""Lists of stories. The public one decides how much memory the whole process needs.

Rows are loaded whole, with the images in them, and answered whole. Reference cycles of the
framework (view, request and response; list serializer and child) then hold the rows and the
rendered bytes, up to twice the answer, until a full pass of the cycle collector. Passes come by
counts of objects and know nothing of megabytes, so memory is a sawtooth over list requests.
"""

import logging

from django.conf import settings
from django.db.models import Q
from rest_framework.generics import ListAPIView
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import AllowAny

from storybook.listing import as_listed, serializer_of_lists
from storybook.models import Story

logger = logging.getLogger(__name__)

LARGEST_PAGE = 100


class StoryPages(PageNumberPagination):
    """Twelve stories a page, or as many as asked for, up to a hundred."""

    page_size = 12

    def get_page_size(self, request):
        asked = request.query_params.get("page_size", self.page_size)
        largest = settings.LARGEST_PAGE if is_public(request) else LARGEST_PAGE
        return min(int(asked), largest)


def is_public(request):
    """Say whether the list of all published stories is meant."""
    return request.query_params.get("public") == "true" or not request.user.is_authenticated


class StoryListView(ListAPIView):
    """The caller's own stories, or all published ones for `public=true` and for strangers."""

    permission_classes = [AllowAny]
    pagination_class = StoryPages

    def list(self, request, *args, **kwargs):
        """Answer with one page; a size of zero makes none, and so an error."""
        page = self.paginate_queryset(self.get_queryset())
        serializer = self.get_serializer(page, many=True)
        return self.get_paginated_response(serializer.data)

    def get_serializer_class(self):
        return serializer_of_lists()

    def get_queryset(self):
        if is_public(self.request):
            return public_stories(self.request.query_params)
        return own_stories(self.request.user)


def own_stories(user):
    """Return one author's stories, newest first; authors are looked up story by story."""
    stories = as_listed(Story.objects.filter(author=user))
    logger.info(
        "own stories: %d, of them published %d, in all %d",
        stories.count(),
        stories.filter(is_published=True).count(),
        Story.objects.count(),
    )
    return stories


def public_stories(filters):
    """Return the published stories; a category loads every one of them to look at it."""
    published = Story.objects.filter(is_published=True)
    stories = as_listed(published.select_related("author__profile"))
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
