"""The one application: stories, friends and collaboration."""

from django.apps import AppConfig


class StorybookConfig(AppConfig):
    """Its label is part of every table's name, and table names show in error texts."""

    name = "storybook"
    default_auto_field = "django.db.models.BigAutoField"
