"""Playing a game: start or resume, answer, complete."""

from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.models import GameAnswer, GameAttempt, StoryGame

POINTS_PER_QUESTION = 10
PASS_PERCENTAGE = 70
XP_FOR_PLAYING = 30


@api_view(["POST"])
def start(request, game_id):
    """Begin an attempt, or go on with the unfinished one."""
    game = get_object_or_404(StoryGame, id=game_id)
    attempt = game.attempts.filter(user=request.user, is_completed=False).first()
    is_resume = attempt is not None and not request.data.get("force_new")
    if not is_resume:
        attempt = GameAttempt.objects.create(game=game, user=request.user)
    answered = set(attempt.answers.values_list("question_id", flat=True))
    questions = list(game.questions.all())
    body = {
        "attempt_id": attempt.id,
        "game_type": game.game_type,
        "total_questions": len(questions),
        "max_points": POINTS_PER_QUESTION * len(questions),
        "questions": [
            {**shown_question(question), "is_answered": question.id in answered}
            for question in questions
        ],
        "started_at": attempt.started_at,
        "is_resume": is_resume,
        "current_score": attempt.score,
        "answered_count": len(answered),
    }
    return Response(body, status=200 if is_resume else 201)


@api_view(["GET"])
def preview(request, game_id):
    """Show a game's questions without beginning an attempt."""
    game = get_object_or_404(StoryGame, id=game_id)
    questions = [shown_question(question) for question in game.questions.all()]
    return Response(
        {
            "game_id": game.id,
            "game_type": game.game_type,
            "game_type_display": game.get_game_type_display(),
            "total_questions": len(questions),
            "questions": questions,
            "story_id": game.story_id,
            "story_title": game.story.title,
        }
    )


def shown_question(question):
    """Return a question without its answer."""
    return {
        "id": question.id,
        "question_type": question.question_type,
        "question_text": question.question_text,
        "options": question.options,
        "order": question.order,
        "hint": question.hint,
        "context": question.context,
        "points": question.points,
    }


@api_view(["POST"])
def submit_answer(request):
    """Take one answer, once."""
    data = request.data
    if any(data.get(key) is None for key in ("attempt_id", "question_id", "answer")):
        text = "Missing required fields: attempt_id, question_id, answer"
        return Response({"error": text}, status=400)
    attempt = get_object_or_404(GameAttempt, id=data["attempt_id"], user=request.user)
    question = get_object_or_404(attempt.game.questions, id=data["question_id"])
    if attempt.answers.filter(question=question).exists():
        return Response({"error": "Question already answered"}, status=400)
    answer = judge(attempt, question, data["answer"])
    return Response(
        {
            "is_correct": answer.is_correct,
            "correct_answer": question.correct_answer,
            "feedback": feedback_on(answer),
            "points_earned": answer.points_earned,
            "total_points": attempt.score,
            "current_score": attempt.score,
        }
    )


def judge(attempt, question, given):
    """Store an answer and add its points to the attempt."""
    is_correct = given.strip().lower() == question.correct_answer.lower()
    points = question.points if is_correct else 0
    attempt.score += points
    attempt.save()
    return GameAnswer.objects.create(
        attempt=attempt,
        question=question,
        user_answer=given,
        is_correct=is_correct,
        points_earned=points,
    )


def feedback_on(answer):
    """Return what the player reads after an answer."""
    if answer.is_correct:
        return "Correct! Well done!"
    if not answer.user_answer:
        return "No answer provided"
    return f"Not quite. The correct answer is: {answer.question.correct_answer}"


@api_view(["POST"])
def complete(request):
    """End an attempt, answered or not, and award experience."""
    attempt_id = request.data.get("attempt_id")
    if not attempt_id:
        return Response({"error": "attempt_id is required"}, status=400)
    attempt = get_object_or_404(GameAttempt, id=attempt_id, user=request.user)
    if attempt.is_completed:
        return Response({"error": "This game attempt is already completed"}, status=400)
    total = attempt.game.questions.count()
    correct = attempt.answers.filter(is_correct=True).count()
    attempt.is_completed = True
    attempt.score_percentage = correct * 100 / total
    attempt.time_taken_seconds = int((timezone.now() - attempt.started_at).total_seconds())
    attempt.save()
    request.user.profile.award(XP_FOR_PLAYING)
    review = attempt.answers.values(
        "question__question_text",
        "question__correct_answer",
        "user_answer",
        "is_correct",
        "points_earned",
    )
    return Response(
        {
            "score_percentage": attempt.score_percentage,
            "passed": attempt.score_percentage >= PASS_PERCENTAGE,
            "xp_earned": XP_FOR_PLAYING,
            "correct_answers": correct,
            "total_questions": total,
            "answers_review": list(review),
            "time_taken_seconds": attempt.time_taken_seconds,
        }
    )
