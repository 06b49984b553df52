"""Which model is which of the protocol's tables.

A model is believed to be a table when it has the columns that the table cannot do without and enough
of the others. Of several, the one with the most columns wins. A model that leads to it counts like a
column, up to three: to the stories lead likes and comments, to a history of them nothing. A hint in
its name counts like half a column, and a field that it demands and the table does not know counts
against it like half a column, up to three.
"""

from dataclasses import dataclass
from typing import Dict

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db.models import Field, ForeignKey, Model

from .errors import named
from .tables import FLAG, PERSON, TABLES
from .values import choices, is_clock, is_demanded

MOST = 3  # of what speaks for or against a model beside its columns


@dataclass(frozen=True)
class Found:
    """A model, and its fields by the protocol's name of the column."""

    model: Model
    fields: Dict[str, Field]

    def name(self, column):
        """Return the field's name for a column, or None if the model has no such field."""
        return self.fields[column].name if column in self.fields else None


@dataclass(frozen=True)
class Missing:
    """What could not be found, why, and what it costs."""

    what: str
    why: str
    costs: str


def recognise(candidates=None):
    """Return what was found by table, and the list of what is missing."""
    if candidates is None:
        candidates = models_of_the_app()
    found, missing = {}, []
    for key, table in TABLES.items():
        ranked = sorted(matches(candidates, table), key=lambda match: -match[0])
        best = [match for score, match in ranked if score == ranked[0][0]]
        if len(best) == 1:
            found[key] = best[0]
        else:
            why = ambiguous(best) if best else nothing(candidates, table)
            missing.append(Missing(table.what, why, table.costs))
    return found, missing


def models_of_the_app():
    """Return all models that have a table, but for those of Django itself."""
    return [
        model
        for model in apps.get_models()
        if model._meta.managed
        and not model._meta.proxy
        and not model._meta.app_config.name.startswith("django.")
        and model is not get_user_model()
    ]


def matches(candidates, table):
    """Return the models that may be the table, each with its score."""
    found = []
    for model in candidates:
        fields, lacking = columns_of(model, table)
        against = [name for name in table.without if name in field_names(model)]
        if not lacking and not against and len(fields) >= table.least:
            found.append((score(model, table, fields), Found(model, fields)))
    return found


def score(model, table, fields):
    """Return how well a model fits, in half columns."""
    hinted = any(hint in model.__name__.lower() for hint in table.hints)
    known = set(fields.values())
    strange = sum(
        is_demanded(field) and not field.blank and not is_clock(field) and field not in known
        for field in model._meta.concrete_fields
    )
    led_to = sum(not relation.many_to_many for relation in model._meta.related_objects)
    return 2 * (len(fields) + min(led_to, MOST)) + hinted - min(strange, MOST)


def columns_of(model, table):
    """Return a model's fields by column, and the columns that it lacks but must have."""
    fields, lacking, taken = {}, [], set()
    for key, column in table.columns.items():
        field = field_of(model, column, taken)
        if field is not None:
            fields[key] = field
            if column.kinds == PERSON:
                taken.add(field)
        elif column.needed:
            lacking.append(column)
    return fields, lacking


def field_of(model, column, taken):
    """Return the field that is a column, or None. The only relation to a person needs no name."""
    fitting = [field for field in model._meta.concrete_fields if is_kind(field, column)]
    for name in column.names:
        for field in fitting:
            if field.name == name and field not in taken:
                return field
    people = [field for field in model._meta.concrete_fields if is_person(field)]
    return fitting[0] if column.kinds == PERSON and fitting and len(people) == 1 and not taken else None


def is_kind(field, column):
    """Say whether a field is of a column's kind; a relation must lead to the user model."""
    if column.kinds != PERSON:
        is_free_text = not isinstance(field, FLAG) and not choices(field)
        return isinstance(field, column.kinds) and not (column.chosen and is_free_text)
    return is_person(field) and (field.unique or not column.single)


def is_person(field):
    """Say whether a field leads to the user model."""
    return isinstance(field, ForeignKey) and field.remote_field.model is get_user_model()


def field_names(model):
    """Return the names of a model's columns."""
    return {field.name for field in model._meta.concrete_fields}


def nothing(candidates, table):
    """Say why no model is the table: what it takes, and what the likeliest one lacks."""
    wanted = ", ".join(column.names[0] for column in table.columns.values() if column.needed)
    text = "no model has what it takes (%s)" % wanted
    hinted = [m for m in candidates if any(hint in m.__name__.lower() for hint in table.hints)]
    lacks = [(m, columns_of(m, table)[1]) for m in hinted]
    lacks = sorted((pair for pair in lacks if pair[1]), key=lambda pair: len(pair[1]))
    if lacks:
        model, lacking = lacks[0]
        text += "; %s lacks %s" % (named(model), ", ".join(column.names[0] for column in lacking))
    return text


def ambiguous(best):
    """Say that several models fit alike."""
    return "%s fit equally well" % " and ".join(sorted(named(match.model) for match in best))
