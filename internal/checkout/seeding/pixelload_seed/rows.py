"""Rows for the database: known values, and for each other field that must have one a harmless one."""

import contextlib
import re

from django.contrib.auth import get_user_model
from django.db import Error
from django.db.models import ForeignKey

from .errors import SeedError, named, said
from .values import fitted, harmless, is_clock, is_demanded

BATCH = 500  # rows inserted by one statement where rows are small


class Rows:
    """Makes rows of one model. `parents` are the models whose rows are being made for this one."""

    def __init__(self, model, parents=()):
        self.model = model
        self.parents = parents + (model,)
        self.fields = {field.name: field for field in model._meta.concrete_fields}
        self.demanded = [field for field in self.fields.values() if is_demanded(field)]
        self.shared = {}  # rows that all of these belong to, by the field's name
        for field in self.fields.values():
            if is_clock(field):
                field.auto_now = field.auto_now_add = False  # else it would not take our time

    def row(self, number, given):
        """Return an unsaved row. A given name that is None, for a field there is not, is left out."""
        values = {name: fitted(self.fields[name], value) for name, value in given.items() if name is not None}
        for field in self.demanded:
            if field.name not in values:
                values[field.name] = self.filler(field, number, values)
        return self.model(**values)

    def filler(self, field, number, values):
        """Return what goes into a field that nobody knows."""
        if not isinstance(field, ForeignKey):
            return harmless(field, number)
        if field.remote_field.model is get_user_model():
            people = [value for value in values.values() if isinstance(value, get_user_model())]
            if people:
                return people[0]
        if field.unique:
            return self.parent(field, number)
        if field.name not in self.shared:
            self.shared[field.name] = field.remote_field.model._base_manager.first() or self.parent(field, number)
        return self.shared[field.name]

    def parent(self, field, number):
        """Store and return a row that a row of this model must belong to."""
        other = field.remote_field.model
        if other in self.parents:
            raise SeedError(
                "%s: a row must have it, and rows of %s need such a row themselves: give it a default or allow null"
                % (named(self.model, field), named(other))
            )
        return Rows(other, self.parents).insert_one(number)

    def insert(self, numbered, batch=BATCH):
        """Store rows, given as pairs of number and values. Not every database would tell their keys."""
        rows = (self.row(number, given) for number, given in numbered)
        with self.refusing():
            if self.model._meta.parents:  # rows of several tables cannot be stored many at once
                for row in rows:
                    row.save()
            else:
                self.model._base_manager.bulk_create(rows, batch_size=batch)

    def insert_one(self, number):
        """Store a row of harmless values, and return it with its key."""
        row = self.row(number, {})
        with self.refusing():
            row.save(force_insert=True)
        return row

    @contextlib.contextmanager
    def refusing(self):
        """Turn what the database says into an error that helps."""
        try:
            yield
        except (Error, ValueError, TypeError) as error:
            raise self.refused(error) from error

    def refused(self, error):
        """Return the error with the field that the database names, and what can be done."""
        text, remedy = said(error)
        words = set(re.findall(r"\w+", text))
        guilty = [field for field in self.fields.values() if field.column in words]
        return SeedError(
            "%s: the database refused a seeded row: %s: %s"
            % (
                named(self.model, guilty[0] if guilty else None),
                text,
                remedy or "give the field a default, allow null or loosen its rule",
            )
        )
