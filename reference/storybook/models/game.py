"""Games made from a story's text."""

from django.conf import settings
from django.db import models

from .story import Story


class StoryGame(models.Model):
    """One game of one kind for one story."""

    GAME_TYPES = [
        ("quiz", "Quiz"),
        ("fill_blanks", "Fill in the Blanks"),
        ("word_search", "Word Search"),
    ]

    story = models.ForeignKey(Story, on_delete=models.CASCADE, related_name="games")
    game_type = models.CharField(max_length=20, choices=GAME_TYPES)
    difficulty = models.CharField(max_length=20, default="medium")

    class Meta:
        unique_together = [("story", "game_type")]
        ordering = ["-id"]


class GameQuestion(models.Model):
    """One question, with the answer that counts."""

    game = models.ForeignKey(StoryGame, on_delete=models.CASCADE, related_name="questions")
    question_type = models.CharField(max_length=20)
    question_text = models.TextField()
    correct_answer = models.TextField()
    options = models.JSONField(default=list)
    hint = models.TextField(blank=True)
    context = models.TextField(blank=True)
    points = models.IntegerField(default=10)
    order = models.IntegerField()

    class Meta:
        ordering = ["order"]


class GameAttempt(models.Model):
    """One person playing one game."""

    game = models.ForeignKey(StoryGame, on_delete=models.CASCADE, related_name="attempts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    score = models.IntegerField(default=0)
    is_completed = models.BooleanField(default=False)
    score_percentage = models.FloatField(default=0.0)
    time_taken_seconds = models.IntegerField(default=0)
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-started_at"]


class GameAnswer(models.Model):
    """What was answered to one question; once only."""

    attempt = models.ForeignKey(GameAttempt, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(GameQuestion, on_delete=models.CASCADE)
    user_answer = models.TextField(blank=True)
    is_correct = models.BooleanField(default=False)
    points_earned = models.IntegerField(default=0)

    class Meta:
        unique_together = [("attempt", "question")]
        ordering = ["id"]
