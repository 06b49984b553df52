"""Members: Django's user, and what a form of this house asks for besides."""

from django.contrib.auth.models import AbstractUser, UserManager
from django.core.validators import MinValueValidator
from django.db import models

UNKNOWN_YEAR = 1900


class MemberManager(UserManager):
    """Members who come in by the API have filled in no form."""

    def create_user(self, username, email=None, password=None, **fields):
        fields.setdefault("birth_year", UNKNOWN_YEAR)
        fields.setdefault("card_number", username[:12])
        return super().create_user(username, email, password, **fields)


class Member(AbstractUser):
    """A user with three fields that must be filled in; rows from before have the migration's."""

    GUILDS = [("", "Choose one"), ("ink", "Ink"), ("brush", "Brush")]

    guild = models.CharField(max_length=8, choices=GUILDS)
    birth_year = models.PositiveSmallIntegerField(validators=[MinValueValidator(UNKNOWN_YEAR)])
    card_number = models.CharField(max_length=12, unique=True)

    objects = MemberManager()
