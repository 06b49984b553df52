"""Values that fit a field: those that are known, cut to measure, and harmless ones for the rest."""

import datetime
import decimal
import json
import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from .errors import SeedError, named

FIRST_DAY = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def is_demanded(field):
    """Say whether a row cannot be stored, or not be repeated, without a value for the field."""
    if fills_itself(field):
        return False
    return is_clock(field) or not (field.has_default() or field.null)


def fills_itself(field):
    """Say whether the database or the framework fills the field itself."""
    is_key = field.primary_key and (field.get_internal_type().endswith("AutoField") or field.has_default())
    is_link = field.is_relation and field.remote_field.parent_link
    has_default = getattr(field, "db_default", models.NOT_PROVIDED) is not models.NOT_PROVIDED
    return is_key or is_link or has_default or getattr(field, "generated", False)


def is_clock(field):
    """Say whether a field takes the time of its storing: it gets the first day, to be repeatable."""
    automatic = getattr(field, "auto_now", False) or getattr(field, "auto_now_add", False)
    return automatic or field.default in (timezone.now, datetime.date.today, datetime.datetime.now)


def fitted(field, value):
    """Return a known value as the field can store it."""
    if isinstance(value, datetime.datetime):
        return moment(field, value)
    if isinstance(field, models.JSONField):
        return json.loads(value) if isinstance(value, str) and value[:1] in "[{" else value
    if isinstance(value, (list, dict)):
        value = json.dumps(value)
    if isinstance(field, models.CharField) and field.max_length and isinstance(value, str):
        return value[: field.max_length]
    return value


def moment(field, value):
    """Return a time as a date field of the app's time zone setting stores it."""
    if not isinstance(field, models.DateTimeField):
        return value.date()
    return value if settings.USE_TZ else value.replace(tzinfo=None)


def choice(field, *wanted):
    """Return the field's choice that is like a wanted word, the first of them if it has no choices.

    A flag is True for it. None if the field has choices, and none of them is like it.
    """
    if isinstance(field, models.BooleanField):
        return True
    offered = choices(field)
    if not offered:
        return wanted[0]
    for word in wanted:
        for value in offered:
            if word in str(value).lower():
                return value
    return None


def choices(field):
    """Return the values that a field may have, but for the empty one; none if it may have any."""
    return [value for value, _ in field.flatchoices if value not in (None, "")]


def harmless(field, number):
    """Return a value for a field that nothing is known of, different for each number if it must be."""
    offered = choices(field)
    if offered:
        return offered[number % len(offered)] if is_distinct(field) else offered[0]
    for kind, make in MAKERS:
        if isinstance(field, kind):
            return make(field, number)
    if type(field).__name__ == "ArrayField":
        return []
    raise SeedError(
        "%s: a row must have it, and fields of the type %s are unknown here: give it a default or allow null"
        % (named(field.model, field), type(field).__name__)
    )


def is_distinct(field):
    """Say whether rows must differ in the field, alone or together with others."""
    meta = field.model._meta
    together = list(meta.unique_together)
    together += [rule.fields for rule in meta.constraints if isinstance(rule, models.UniqueConstraint)]
    return field.unique or any(field.name in names for names in together)


def text(field, number):
    """Return the field's name; with a number that is never cut where rows must differ."""
    if not is_distinct(field):
        return "" if field.blank else field.name[: field.max_length]
    width, digits = field.max_length or 100, base36(number)
    if len(digits) > width:
        raise SeedError(
            "%s: rows must differ in it, and %d characters are too few for row %d: seed fewer rows or widen it"
            % (named(field.model, field), width, number)
        )
    room = width - len(digits) - 1
    return "%s-%s" % (field.name[:room], digits) if room >= 0 else digits


def base36(number):
    """Return a number in few characters."""
    digits = ""
    while number or not digits:
        number, digit = divmod(number, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits


def address(field, number):
    """Return an e-mail address that leads nowhere."""
    return "%s%d@load.test" % (field.name[:20], number)


def page(field, number):
    """Return an address of the web that leads nowhere."""
    return "https://load.test/%d" % number


def amount(field, number):
    """Return a number between the field's limits, the smallest that is not negative."""
    rules = field.validators
    lowest = [limit(rule) for rule in rules if isinstance(rule, MinValueValidator)]
    highest = [limit(rule) for rule in rules if isinstance(rule, MaxValueValidator)]
    value = max([0] + lowest) + (number if is_distinct(field) else 0)
    if highest and value > min(highest):
        value = min(highest)
    return decimal.Decimal(value) if isinstance(field, models.DecimalField) else value


def limit(rule):
    """Return the number that a validator compares with."""
    return rule.limit_value() if callable(rule.limit_value) else rule.limit_value


def token(field, number):
    """Return an identifier made of the field's name and the number."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, "%s.%d.load.test" % (field.name, number))


MAKERS = [
    (models.EmailField, address),
    (models.URLField, page),
    ((models.CharField, models.TextField, models.FileField), text),
    (models.BooleanField, lambda field, number: False),
    ((models.IntegerField, models.FloatField, models.DecimalField), amount),
    (models.DateField, lambda field, number: moment(field, FIRST_DAY)),
    (models.TimeField, lambda field, number: datetime.time()),
    (models.DurationField, lambda field, number: datetime.timedelta(number)),
    (models.UUIDField, token),
    (models.JSONField, lambda field, number: {}),
    (models.BinaryField, lambda field, number: b""),
    (models.GenericIPAddressField, lambda field, number: "127.0.0.1"),
]
