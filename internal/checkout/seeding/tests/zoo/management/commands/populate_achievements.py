"""`manage.py populate_achievements`, which fails half-way when the settings say so."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from zoo.models import Medal


class Command(BaseCommand):
    """Make the one medal there is."""

    def handle(self, *args, **options):
        Medal.objects.create(title="First tale", threshold=1, tier="low")
        if settings.CATALOGUE_IS_GONE:
            raise CommandError("the catalogue is gone")
