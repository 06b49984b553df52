"""How many SQL statements calls cost: the reference must be as wasteful as the application."""

import os

import pytest

from .server import SECRET_KEY

STORIES = 6


@pytest.fixture(scope="module")
def counted(seeded, tmp_path_factory):
    """Set Django up in this process, on a copy of the data, and return a counter."""
    database = tmp_path_factory.mktemp("statements") / "copy.sqlite3"
    database.write_bytes(seeded().database.read_bytes())
    os.environ["SECRET_KEY"] = SECRET_KEY
    os.environ["DATABASE_URL"] = f"sqlite:///{database}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "pixeltales.settings"
    import django
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    django.setup()

    def count(function, *arguments):
        with CaptureQueriesContext(connection) as captured:
            function(*arguments)
        return len(captured)

    return count


@pytest.fixture(scope="module")
def user(counted):
    from django.contrib.auth import get_user_model

    return get_user_model().objects.get(username="user0001")


@pytest.fixture(scope="module")
def get(counted, user):
    """Return a function that counts the statements of a GET."""
    from django.test import Client
    from rest_framework_simplejwt.tokens import AccessToken

    client = Client(SERVER_NAME="localhost")
    bearer = {"Authorization": f"Bearer {AccessToken.for_user(user)}"}

    def count(path, with_token=True):
        headers = bearer if with_token else {}
        return counted(lambda: client.get(f"/api{path}", headers=headers))

    return count


@pytest.fixture(scope="module")
def room(counted, user):
    """The id of a session with one active participant."""
    from datetime import timedelta

    from django.utils import timezone

    from storybook.models import CollaborationSession, SessionParticipant

    session = CollaborationSession.objects.create(
        host=user, expires_at=timezone.now() + timedelta(hours=1)
    )
    SessionParticipant.objects.create(session=session, user=user, role="host")
    return session.session_id


@pytest.mark.parametrize(
    ("path", "with_token", "statements"),
    [
        ("/profanity/active/?language=all", False, 1),
        ("/stories/?public=true&page_size=100", False, 3 + 3 * STORIES),
        ("/stories/?public=true&page_size=100", True, 4 + 4 * STORIES),
        ("/stories/", True, 6 + 6 * 2),
        ("/friends/", True, 3 + 5 * 8),
        ("/messages/conversations/", True, 2 + 4 * 2),
        ("/social/leaderboard/", False, 1 + 2 * STORIES),
    ],
)
def test_lists_cost_statements_for_every_row(get, path, with_token, statements):
    assert get(path, with_token) == statements


@pytest.mark.parametrize(
    "path", ["/stories/?public=true&page_size=100", "/stories/", "/stories/saved/"]
)
def test_lists_without_images_cost_no_further_statements(get, user, path):
    from django.test import override_settings

    from storybook.models import SavedStory, Story

    for story in Story.objects.filter(is_published=True):
        SavedStory.objects.get_or_create(story=story, user=user)
    whole = get(path)
    with override_settings(DEFER_IMAGES=True):
        assert get(path) == whole


def test_lists_without_images_load_none(counted, user):
    from django.test import override_settings

    from storybook.views.story_lists import own_stories, public_stories

    with override_settings(DEFER_IMAGES=True):
        for stories in (public_stories({}), public_stories({"search": "a"}), own_stories(user)):
            assert stories.first().get_deferred_fields() == {"canvas_data", "cover_image"}
        [row, *_] = public_stories({"category": "adventure"})
        assert row.get_deferred_fields() == {"canvas_data", "cover_image"}
    assert not public_stories({}).first().get_deferred_fields()


def test_the_first_look_at_achievements_inserts_a_row_for_each(get):
    first, later = get("/achievements/progress/"), get("/achievements/progress/")
    assert (first, later) == (145, 17)


def test_a_stroke_costs_three_statements(counted, room, user):
    from storybook.collaboration.operations import record

    assert counted(record, room, user, "draw", {}, 0) == 3


def test_a_cursor_movement_costs_three_statements(counted, room, user):
    from storybook.collaboration import presence

    assert counted(presence.move_cursor, room, user, {"x": 1, "y": 2}) == 2
    assert counted(presence.color_of, room, user) == 1


def test_a_presence_update_costs_two_statements(counted, room, user):
    from storybook.collaboration import presence

    assert counted(presence.update, room, user, None, "brush") == 2


def test_a_text_edit_costs_seven_statements_with_its_operation(counted, room):
    from storybook.collaboration import drafts

    assert counted(drafts.write_page, room, 0, "It folds.") == 2
    assert counted(drafts.count_edit, room) == 2


def test_votes_over_the_socket_cost_four_statements(counted, room, user):
    from storybook.collaboration import votes

    assert counted(votes.begin, room) == 4
    assert counted(votes.cast, room, user, True) == 4
