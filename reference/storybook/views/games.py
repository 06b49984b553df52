"""Games of a story: what there is, and making them."""

from django.db.models import Count
from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from storybook.games.makers import MAKERS
from storybook.models import GameQuestion, Story, StoryGame


@api_view(["GET"])
@permission_classes([AllowAny])
def available_stories(request):
    """List every story with games, whole cover in each, and then count them all again."""
    stories = (
        Story.objects.filter(is_published=True, games__isnull=False)
        .order_by("-date_created")
        .values("id", "title", "cover_image", "category", "author__username")
        .annotate(games_count=Count("games"))
        .distinct()
    )
    return Response({"stories": list(stories), "total": stories.count()})


@api_view(["GET"])
def check(request, story_id):
    """Say whether a story has games."""
    story = get_object_or_404(Story, id=story_id)
    games = [brief(game) for game in story.games.all()]
    is_author = story.author_id == request.user.id
    return Response(
        {
            "story_id": story.id,
            "story_title": story.title,
            "has_games": bool(games),
            "games_count": len(games),
            "games": games,
            "is_author": is_author,
            "is_published": story.is_published,
            "can_generate": is_author and story.is_published,
        }
    )


def brief(game):
    """Return a game by its kind and length."""
    return {
        "id": game.id,
        "game_type": game.game_type,
        "game_type_display": game.get_game_type_display(),
        "questions_count": game.questions.count(),
    }


@api_view(["POST"])
def generate(request):
    """Make all kinds of games for one of the caller's stories, replacing older ones."""
    story_id = request.data.get("story_id")
    if not story_id:
        return Response({"error": "story_id is required"}, status=400)
    story = get_object_or_404(Story, id=story_id, author=request.user)
    story.games.all().delete()
    made = {kind: make_game(story, kind, maker) for kind, maker in MAKERS.items()}
    return Response({"message": "Games generated successfully", "games": made}, status=201)


def make_game(story, kind, maker):
    """Store one game with its questions."""
    game = StoryGame.objects.create(story=story, game_type=kind)
    questions = maker(story.content)
    for question in questions:
        question.game = game
    GameQuestion.objects.bulk_create(questions)
    return {"id": game.id, "questions_count": len(questions)}


@api_view(["GET"])
@permission_classes([AllowAny])
def by_story(request, story_id):
    """List a story's games with the caller's last attempts."""
    story = get_object_or_404(Story, id=story_id)
    games = [with_attempts(game, request.user) for game in story.games.all()]
    return Response({"story_id": story.id, "story_title": story.title, "games": games})


def with_attempts(game, user):
    """Return a game, with the attempt to resume or the last one that was finished."""
    shown = {
        "id": game.id,
        "game_type": game.game_type,
        "difficulty": game.difficulty,
        "questions_count": game.questions.count(),
        "game_type_display": game.get_game_type_display(),
    }
    if not user.is_authenticated:
        return shown
    attempt = game.attempts.filter(user=user).first()
    if attempt is not None:
        key = "last_attempt" if attempt.is_completed else "incomplete_attempt"
        shown[key] = finished(attempt) if attempt.is_completed else unfinished(attempt)
    return shown


def finished(attempt):
    """Return the result of an attempt."""
    return {
        "score_percentage": attempt.score_percentage,
        "time_taken_seconds": attempt.time_taken_seconds,
        "is_completed": True,
        "correct_answers": attempt.answers.filter(is_correct=True).count(),
        "total_questions": attempt.game.questions.count(),
    }


def unfinished(attempt):
    """Return how far an attempt has come."""
    return {
        "attempt_id": attempt.id,
        "current_score": attempt.score,
        "answered_count": attempt.answers.count(),
        "total_questions": attempt.game.questions.count(),
        "started_at": attempt.started_at,
    }
