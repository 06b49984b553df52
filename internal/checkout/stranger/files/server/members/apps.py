"""Who may log in."""

from django.apps import AppConfig


class MembersConfig(AppConfig):
    """The app of the user model."""

    name = "members"
    default_auto_field = "django.db.models.BigAutoField"
