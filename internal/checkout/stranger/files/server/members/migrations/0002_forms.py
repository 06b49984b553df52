"""Fields that the forms ask for; who was there before gets the defaults."""

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("members", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="member",
            name="guild",
            field=models.CharField(
                choices=[("", "Choose one"), ("ink", "Ink"), ("brush", "Brush")],
                default="ink",
                max_length=8,
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="member",
            name="birth_year",
            field=models.PositiveSmallIntegerField(
                default=1900, validators=[django.core.validators.MinValueValidator(1900)]
            ),
            preserve_default=False,
        ),
    ]
