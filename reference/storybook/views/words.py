"""The word list, which every visitor fetches once a page load."""

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from storybook.models import ProfanityWord


@api_view(["GET"])
@permission_classes([AllowAny])
def active_words(request):
    """Answer with all words of a language, from the database unless caching is on."""
    language = request.query_params.get("language", "all")
    if settings.WORD_CACHE_SECONDS:
        return Response(cached_words(language))
    words = words_of(language)
    return Response({"success": True, "words": words, "count": len(words)})


def words_of(language):
    """Read the words of one language, or all."""
    rows = ProfanityWord.objects.filter(is_active=True)
    if language != "all":
        rows = rows.filter(Q(language=language) | Q(language="both"))
    return list(rows.values_list("word", flat=True))


def cached_words(language):
    """Return the answer with the list from this process's cache; the key is not checked."""
    key = f"words_{language}"
    words = cache.get(key)
    is_cached = words is not None
    if not is_cached:
        words = words_of(language)
        cache.set(key, words, settings.WORD_CACHE_SECONDS)
    return {"success": True, "words": words, "count": len(words), "cached": is_cached}
