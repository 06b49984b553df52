"""Values that fit a field."""

import datetime
import decimal

import pytest
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.test import override_settings

from pixelload_seed.values import FIRST_DAY, fitted, harmless, is_demanded


class Specimen(models.Model):
    """A field of each kind that has a rule."""

    plain = models.CharField(max_length=4)
    blank = models.CharField(max_length=9, blank=True)
    own = models.CharField(max_length=4, unique=True)
    wide = models.TextField(unique=True)
    chosen = models.CharField(max_length=9, choices=[("", "-"), ("Old", [("a", "A"), ("b", "B")])])
    turns = models.CharField(max_length=9, choices=[("a", "A"), ("b", "B")], unique=True)
    least = models.IntegerField(validators=[MinValueValidator(lambda: 5)])
    most = models.IntegerField(validators=[MinValueValidator(-3), MaxValueValidator(-2)])
    other = models.IntegerField(unique=True, validators=[MinValueValidator(5)])
    cents = models.DecimalField(max_digits=4, decimal_places=2)
    mail = models.EmailField()
    nothing = models.IntegerField(null=True)
    ready = models.IntegerField(default=3)
    clock = models.DateTimeField(auto_now=True)
    day = models.DateField()
    listed = models.JSONField()
    long = models.TextField()

    class Meta:
        app_label = "zoo"
        managed = False


def field(name):
    return Specimen._meta.get_field(name)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("plain", ["plai", "plai"]),
        ("blank", ["", ""]),
        ("own", ["ow-0", "ow-1"]),
        ("wide", ["wide-0", "wide-1"]),
        ("chosen", ["a", "a"]),
        ("turns", ["a", "b"]),
        ("least", [5, 5]),
        ("most", [-2, -2]),
        ("other", [5, 6]),
        ("cents", [decimal.Decimal(0), decimal.Decimal(0)]),
        ("mail", ["mail0@load.test", "mail1@load.test"]),
        ("day", [datetime.date(2026, 1, 1)] * 2),
    ],
)
def test_what_nobody_knows_gets_a_harmless_value(name, values):
    assert [harmless(field(name), number) for number in (0, 1)] == values


def test_numbers_are_never_cut():
    assert harmless(field("own"), 36**3) == "1000"
    assert len({harmless(field("own"), number) for number in range(3000)}) == 3000


def test_only_what_a_row_cannot_do_without_is_demanded():
    demanded = {f.name for f in Specimen._meta.concrete_fields if is_demanded(f)}
    assert {f.name for f in Specimen._meta.concrete_fields} - demanded == {"id", "nothing", "ready"}


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("plain", "too long", "too "),
        ("long", "not too long", "not too long"),
        ("long", ["a"], '["a"]'),
        ("listed", '[{"id": 1}]', [{"id": 1}]),
        ("listed", ["a"], ["a"]),
        ("clock", FIRST_DAY, FIRST_DAY),
        ("day", FIRST_DAY, datetime.date(2026, 1, 1)),
    ],
)
def test_what_is_known_is_cut_to_measure(name, value, stored):
    assert fitted(field(name), value) == stored


def test_an_app_without_time_zones_gets_times_without():
    with override_settings(USE_TZ=False):
        assert fitted(field("clock"), FIRST_DAY) == datetime.datetime(2026, 1, 1)
