"""Users who can log in, in a ring of friends who have written to each other."""

import datetime

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models import AutoField, EmailField, IntegerField

from .errors import SeedError, named
from .rows import BATCH, Rows
from .values import FIRST_DAY, choice

REQUESTS_A_USER = 4
# Flags without which an account may not log in.
CLEARED = ("is_active", "is_verified", "email_verified", "is_email_verified", "is_approved")
SALT_LENGTH = 22  # characters that Django itself takes: a shorter salt is hashed anew at the first login
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


class Logins:
    """The user model, and the names of those of its fields that a login needs."""

    def __init__(self, model):
        names = {field.name for field in model._meta.concrete_fields}
        self.model = model
        self.username = model.USERNAME_FIELD
        self.email = email_field(model)
        self.cleared = [name for name in CLEARED if name in names]
        self.others = [name for name in ("first_name", "last_name", "date_joined") if name in names]
        if not isinstance(model._meta.pk, (AutoField, IntegerField)):
            raise SeedError(
                "%s: it is a %s, and tokens carry a number as user_id: only a user model with a number as "
                "primary key can be loaded" % (named(model, model._meta.pk), type(model._meta.pk).__name__)
            )

    def values(self, number, encoded):
        """Return the values of one user."""
        known = {"first_name": "User", "last_name": "%04d" % number, "date_joined": FIRST_DAY}
        values = {name: known[name] for name in self.others}
        values.update({name: True for name in self.cleared}, password=encoded)
        values[self.username] = "user%04d" % number
        if self.email:
            values[self.email] = "user%04d@load.test" % number
        return values


def email_field(model):
    """Return the name of the field with the e-mail address, or None."""
    named_one = getattr(model, "EMAIL_FIELD", "email")
    for field in model._meta.concrete_fields:
        if field.name == named_one or isinstance(field, EmailField):
            return field.name
    return None


def make_users(count, password, rng):
    """Store users with one shared password, hashed once: hashing is what takes time."""
    logins = Logins(get_user_model())
    encoded = hashed(password, "".join(rng.choice(LETTERS) for _ in range(SALT_LENGTH)))
    numbers = range(1, count + 1)
    Rows(logins.model).insert((number, logins.values(number, encoded)) for number in numbers)
    names = [logins.values(number, "")[logins.username] for number in numbers]
    return stored(logins, names)


def hashed(password, salt):
    """Return the hash; a hasher that wants a salt of its own makes: then no two hashes are alike."""
    try:
        return make_password(password, salt=salt)
    except ValueError:
        return make_password(password)


def stored(logins, names):
    """Return the users by these names in their order, read back: not every database returns keys."""
    found = {}
    for start in range(0, len(names), BATCH):
        wanted = {logins.username + "__in": names[start : start + BATCH]}
        found.update({user.get_username(): user for user in logins.model._base_manager.filter(**wanted)})
    return [found[name] for name in names]


def make_profiles(table, users):
    """Store a profile for each user: no signal has done it, for rows were stored many at once."""
    kind = choice(table.fields["type"], "child") if "type" in table.fields else None
    kinds = {table.name("type"): kind} if kind else {}
    Rows(table.model).insert(
        (
            number,
            {
                table.name("user"): user,
                table.name("name"): "User %04d" % number,
                table.name("created"): FIRST_DAY,
                **kinds,
            },
        )
        for number, user in enumerate(users, start=1)
    )


def make_friends(table, users):
    """Befriend each user with the four that follow, one row a pair."""
    accepted = choice(table.fields["status"], "accepted", "accept", "friend", "confirm")
    if accepted is None:
        raise SeedError(
            "%s: none of its choices means accepted: name one so, or allow any"
            % named(table.model, table.fields["status"])
        )
    Rows(table.model).insert(
        (
            number,
            {
                table.name("sender"): sender,
                table.name("receiver"): receiver,
                table.name("status"): accepted,
                table.name("created"): FIRST_DAY,
            },
        )
        for number, (sender, receiver) in enumerate(pairs_of(users))
    )


def pairs_of(users):
    """Return each pair of a user and one of the four that follow, once."""
    pairs = {}
    for place, sender in enumerate(users):
        for step in range(1, REQUESTS_A_USER + 1):
            receiver = users[(place + step) % len(users)]
            if sender.pk != receiver.pk:
                pairs.setdefault(frozenset((sender.pk, receiver.pk)), (sender, receiver))
    return list(pairs.values())


def make_messages(table, users):
    """Let each user have said hello to the next one."""
    Rows(table.model).insert(
        (
            place,
            {
                table.name("sender"): sender,
                table.name("receiver"): users[(place + 1) % len(users)],
                table.name("content"): "hello",
                table.name("created"): FIRST_DAY + datetime.timedelta(minutes=place),
            },
        )
        for place, sender in enumerate(users)
    )
