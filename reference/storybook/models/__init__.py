"""The tables, a file for each part of the application."""

from .achievement import Achievement, UserAchievement
from .collaboration import CollaborationSession, DrawingOperation, SessionParticipant
from .game import GameAnswer, GameAttempt, GameQuestion, StoryGame
from .profile import EmailVerification, UserProfile
from .reaction import Comment, Like, Rating, SavedStory, StoryRead
from .social import Friendship, Message, Notification
from .story import Story
from .word import ProfanityWord

__all__ = [
    "Achievement",
    "CollaborationSession",
    "Comment",
    "DrawingOperation",
    "EmailVerification",
    "Friendship",
    "GameAnswer",
    "GameAttempt",
    "GameQuestion",
    "Like",
    "Message",
    "Notification",
    "ProfanityWord",
    "Rating",
    "SavedStory",
    "SessionParticipant",
    "Story",
    "StoryGame",
    "StoryRead",
    "UserAchievement",
    "UserProfile",
]
