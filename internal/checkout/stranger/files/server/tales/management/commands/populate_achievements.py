"""`manage.py populate_achievements`: every achievement anew."""

from django.core.management.base import BaseCommand

from tales.catalogue.achievements import achievements
from tales.models import Achievement


class Command(BaseCommand):
    """Delete all achievements and create them from the catalogue."""

    help = "Recreate the achievements."

    def handle(self, *args, **options):
        Achievement.objects.all().delete()
        made = Achievement.objects.bulk_create(achievements())
        self.stdout.write(f"{len(made)} achievements")
