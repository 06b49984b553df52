"""Models that the seeding must recognise, and some that it must not."""

import uuid

import django
from django.contrib.auth.models import AbstractUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import ExtractYear
from django.utils import timezone

KEEPER = "zoo.Keeper"


class Park(models.Model):
    """What an enclosure must belong to."""

    name = models.CharField(max_length=20, unique=True)


class Enclosure(models.Model):
    """What a keeper must belong to."""

    park = models.ForeignKey(Park, on_delete=models.CASCADE)
    code = models.SlugField(max_length=10)


class Keeper(AbstractUser):
    """The user model, with fields that must be filled in."""

    enclosure = models.ForeignKey(Enclosure, on_delete=models.CASCADE)
    badge = models.CharField(max_length=8, unique=True)
    birth_year = models.PositiveSmallIntegerField(validators=[MinValueValidator(1900), MaxValueValidator(2020)])
    shift = models.CharField(max_length=10, choices=[("", "-"), ("Day", [("am", "AM"), ("pm", "PM")])])
    is_verified = models.BooleanField(default=False)


class Portrait(models.Model):
    """The profile; a foreign key that is unique is a relation of one to one, too."""

    keeper = models.ForeignKey(KEEPER, on_delete=models.CASCADE, unique=True)
    nickname = models.CharField(max_length=50)
    role = models.CharField(max_length=20, choices=[("adult", "Adult"), ("child", "Child")])
    level = models.IntegerField(default=1)


class Settings(models.Model):
    """One to one with a user as well, but nobody's profile."""

    keeper = models.OneToOneField(KEEPER, on_delete=models.CASCADE)
    theme = models.CharField(max_length=10, default="light")


class Tale(models.Model):
    """The story: pages in JSON, its state in words, and one demanded field of each kind."""

    creator = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="tales")
    editor = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="edited")
    heading = models.CharField(max_length=30)
    body = models.TextField()
    status = models.CharField(max_length=10, choices=[("draft", "Draft"), ("published", "Published")])
    pages = models.JSONField()
    cover_data = models.TextField()
    category = models.CharField(max_length=10, choices=[("fable", "Fable"), ("myth", "Myth")])
    tags = models.JSONField(default=list)
    created = models.DateTimeField(auto_now_add=True)
    modified = models.DateTimeField(auto_now=True)
    slug = models.SlugField(max_length=12, unique=True)
    isbn = models.UUIDField(unique=True)
    public_id = models.UUIDField(default=uuid.uuid4)
    price = models.DecimalField(max_digits=6, decimal_places=2, validators=[MinValueValidator(1)])
    weight = models.FloatField()
    told_on = models.DateField()
    told_at = models.TimeField()
    lasts = models.DurationField()
    seen_at = models.DateTimeField(default=timezone.now)
    site = models.URLField()
    contact = models.EmailField()
    told_from = models.GenericIPAddressField()
    loud = models.BooleanField()
    sound = models.FileField(upload_to="sounds/")
    extra = models.JSONField(default=dict)
    raw = models.BinaryField()
    volume = models.IntegerField()

    class Meta:
        unique_together = [("creator", "volume")]


class TaleHistory(models.Model):
    """Every state a tale was in: more columns fit than are anybody's business."""

    creator = models.ForeignKey(KEEPER, on_delete=models.CASCADE)
    heading = models.CharField(max_length=30)
    body = models.TextField()
    status = models.CharField(max_length=10, choices=[("draft", "Draft"), ("published", "Published")])
    pages = models.JSONField()
    cover_data = models.TextField()
    category = models.CharField(max_length=10)
    tags = models.JSONField()
    created = models.DateTimeField()
    modified = models.DateTimeField()
    history_type = models.CharField(max_length=1)
    history_user = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="changed")


class Applause(models.Model):
    """What readers leave at a tale."""

    tale = models.ForeignKey(Tale, on_delete=models.CASCADE)
    keeper = models.ForeignKey(KEEPER, on_delete=models.CASCADE)


class Entry(models.Model):
    """What a phrase is, in a table of its own."""

    source = models.CharField(max_length=10)


class Phrase(Entry):
    """A word of the list, in two tables."""

    term = models.CharField(max_length=40, unique=True)
    lang = models.CharField(max_length=4, choices=[("en", "English"), ("tl", "Tagalog")])
    enabled = models.BooleanField(default=True)


class Bond(models.Model):
    """A friendship, of yes or no."""

    from_user = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="asked")
    to_user = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="was_asked")
    accepted = models.BooleanField(default=False)
    since = models.DateField()
    if django.VERSION >= (5, 0):  # fields that the database fills
        strength = models.IntegerField(db_default=7)
        year = models.GeneratedField(
            expression=ExtractYear("since"), output_field=models.IntegerField(), db_persist=True
        )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["from_user", "to_user"], name="one_bond")]


class Invite(models.Model):
    """Two people and a status, too, but it is about a tale."""

    sender = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="+")
    receiver = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=10)
    tale = models.ForeignKey(Tale, on_delete=models.CASCADE)
    expires = models.DateTimeField()


class Note(models.Model):
    """A message between two; that it has arrived does not make them friends."""

    from_user = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="+")
    recipient = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="+")
    text = models.TextField()
    status = models.CharField(max_length=10, default="sent")
    sent_at = models.DateTimeField(auto_now_add=True)
    read = models.BooleanField(default=False)


class Alert(models.Model):
    """A line of the app itself to somebody: not a message."""

    sender = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="+")
    recipient = models.ForeignKey(KEEPER, on_delete=models.CASCADE, related_name="+")
    message = models.TextField()
    kind = models.CharField(max_length=10)
    is_read = models.BooleanField(default=False)


class Medal(models.Model):
    """An achievement that no command makes."""

    title = models.CharField(max_length=40)
    threshold = models.IntegerField()
    tier = models.CharField(max_length=10)


class GemField(models.Field):
    """A field of nobody's type."""

    def db_type(self, connection):
        return "text"


class Jewel(models.Model):
    """It demands a value of a type that nobody knows."""

    gem = GemField()


class Hen(models.Model):
    """It needs an egg first."""

    egg = models.ForeignKey("zoo.Egg", on_delete=models.CASCADE, related_name="+")


class Egg(models.Model):
    """It needs a hen first."""

    hen = models.ForeignKey(Hen, on_delete=models.CASCADE, related_name="+")


class Locker(models.Model):
    """Its numbers are few."""

    number = models.CharField(max_length=1, unique=True)


class Scale(models.Model):
    """Its rule is the database's alone."""

    grams = models.IntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="grams_enough",
                **{"condition" if django.VERSION >= (5, 1) else "check": models.Q(grams__gte=5)},
            )
        ]


class Sketch(models.Model):
    """A story whose pictures do not fit."""

    author = models.ForeignKey(KEEPER, on_delete=models.CASCADE)
    title = models.CharField(max_length=20)
    content = models.TextField()
    summary = models.TextField()
    is_published = models.BooleanField()
    cover_image = models.CharField(max_length=500)


class Whisper(models.Model):
    """A story whose choices never say what is public."""

    author = models.ForeignKey(KEEPER, on_delete=models.CASCADE)
    title = models.CharField(max_length=20)
    content = models.TextField()
    summary = models.TextField()
    status = models.CharField(max_length=10, choices=[("hot", "Hot"), ("cold", "Cold")])
