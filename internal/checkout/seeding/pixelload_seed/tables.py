"""The protocol's tables, each as the columns it is recognised by.

The first name of a column is the protocol's own; the others are what people call the same thing.
Names alone decide nothing: a column must be of the right kind, too, and a relation must lead to the
right table (`recognise`).
"""

from dataclasses import dataclass, field
from typing import Dict, Tuple

from django.db import models

TEXT = (models.CharField, models.TextField)
LONG = (models.TextField, models.JSONField)
FLAG = (models.BooleanField,)
STATE = TEXT + FLAG
NUMBER = (models.IntegerField, models.FloatField)
MOMENT = (models.DateField,)
PERSON = (models.ForeignKey,)


@dataclass(frozen=True)
class Column:
    """A column by the names it goes by and the kinds of field that can be it."""

    names: Tuple[str, ...]
    kinds: tuple
    needed: bool = False
    single: bool = False  # of a relation: at most one row for each person
    chosen: bool = False  # of a text: it has choices, to be told apart by


@dataclass(frozen=True)
class Table:
    """A table of the protocol, and what users lose who do not find it."""

    what: str
    costs: str
    hints: Tuple[str, ...]  # parts of a model's name that speak for it
    columns: Dict[str, Column]
    least: int = 2  # columns to be found before it is believed
    without: Tuple[str, ...] = field(default=())  # columns that speak against it


CREATED = Column(("date_created", "created_at", "created", "created_on"), MOMENT)
SENDER = Column(("sender", "from_user", "requester", "user", "user1"), PERSON, needed=True)
RECEIVER = Column(("receiver", "to_user", "recipient", "addressee", "friend", "user2"), PERSON, needed=True)

TABLES = {
    "profile": Table(
        what="profiles",
        costs="login and the profile answer with an error, and so does every page that shows a name",
        hints=("profile",),
        columns={
            "user": Column(("user", "account", "owner", "member"), PERSON, needed=True, single=True),
            "name": Column(("display_name", "nickname", "screen_name", "full_name", "name"), TEXT, needed=True),
            "type": Column(("user_type", "account_type", "role", "type"), TEXT),
            "emoji": Column(("avatar_emoji", "emoji", "avatar"), TEXT),
            "border": Column(("selected_avatar_border", "avatar_border", "border"), TEXT),
            "bio": Column(("bio", "about", "description"), TEXT),
            "level": Column(("level",), NUMBER),
            "points": Column(("experience_points", "experience", "xp", "points"), NUMBER),
            "online": Column(("is_online", "online"), FLAG),
            "created": CREATED,
        },
    ),
    "story": Table(
        what="stories",
        costs="the public list is empty: users skip library, reader and games, and the memory has no weight to hold",
        hints=("story", "tale", "book"),
        columns={
            "author": Column(("author", "creator", "owner", "user", "written_by"), PERSON, needed=True),
            "title": Column(("title", "name", "heading"), TEXT, needed=True),
            "content": Column(("content", "text", "body", "story_text"), TEXT, needed=True),
            "published": Column(
                ("is_published", "published", "is_public", "public", "status", "visibility"),
                STATE,
                needed=True,
                chosen=True,
            ),
            "public": Column(("is_public", "public"), FLAG),
            "approved": Column(("is_approved", "approved"), FLAG),
            "canvas": Column(("canvas_data", "canvases", "canvas", "pages_data", "pages"), LONG),
            "cover": Column(("cover_image", "cover", "cover_data"), TEXT),
            "summary": Column(("summary", "synopsis", "description", "blurb"), TEXT),
            "category": Column(("category",), TEXT),
            "genres": Column(("genres", "genre", "tags"), TEXT + LONG),
            "language": Column(("language", "lang"), TEXT),
            "views": Column(("views", "view_count"), NUMBER),
            "created": CREATED,
            "updated": Column(("date_updated", "updated_at", "updated", "modified"), MOMENT),
        },
        least=5,
    ),
    "word": Table(
        what="words",
        costs="the word list, which every page load fetches, is as short as the app ships it",
        hints=("profan", "word", "filter"),
        columns={
            "word": Column(("word", "term", "phrase"), TEXT, needed=True),
            "language": Column(("language", "lang"), TEXT),
            "active": Column(("is_active", "active", "enabled"), FLAG),
        },
    ),
    "friendship": Table(
        what="friendships",
        costs="nobody has friends: the social page is empty, nobody is told who is online, and no messages can be sent",
        hints=("friend",),
        columns={
            "sender": SENDER,
            "receiver": RECEIVER,
            "status": Column(("status", "state", "is_accepted", "accepted"), STATE, needed=True),
            "created": CREATED,
        },
        without=("content", "text", "body"),
    ),
    "message": Table(
        what="messages",
        costs="conversations are empty until users write to each other",
        hints=("message",),
        columns={
            "sender": SENDER,
            "receiver": RECEIVER,
            "content": Column(("content", "text", "body", "message"), TEXT, needed=True),
            "read": Column(("is_read", "read"), FLAG),
            "created": Column(("created_at", "date_created", "created", "sent_at", "timestamp"), MOMENT),
        },
    ),
    "achievement": Table(
        what="achievements",
        costs="the profile page's progress call answers with an empty list and stores nothing",
        hints=("achievement",),
        columns={
            "name": Column(("name", "title"), TEXT, needed=True),
            "target": Column(
                ("target_value", "target", "threshold", "goal", "required_value", "requirement_value"),
                NUMBER,
                needed=True,
            ),
            "description": Column(("description",), TEXT),
            "rarity": Column(("rarity", "tier"), TEXT),
            "icon": Column(("icon", "emoji"), TEXT),
        },
        least=3,
    ),
}
