"""Stories get a mood, and the word list its first words."""

from django.db import migrations, models

FIRST_WORDS = ["bother", "drat", "fiddlesticks"]


def plant_words(apps, schema_editor):
    words = apps.get_model("folio", "FilteredWord")
    words.objects.bulk_create(words(word=word) for word in FIRST_WORDS)


class Migration(migrations.Migration):
    dependencies = [("folio", "PREVIOUS")]

    operations = [
        migrations.AddField(
            model_name="story",
            name="mood",
            field=models.CharField(
                choices=[("calm", "Calm"), ("wild", "Wild")], default="calm", max_length=10
            ),
            preserve_default=False,
        ),
        migrations.RunPython(plant_words, migrations.RunPython.noop),
    ]
