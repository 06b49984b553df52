"""Users who can log in, in a ring of friends who have written to each other."""

from datetime import UTC, datetime, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from storybook.models import Friendship, Message, UserProfile

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
REQUESTS_A_USER = 4


def make_users(count, password):
    """Create users and profiles; one hash serves all, for hashing is what takes time."""
    encoded = make_password(password, salt="seeded")
    users = get_user_model().objects.bulk_create(
        get_user_model()(
            username=f"user{number:04}",
            email=f"user{number:04}@load.test",
            first_name="User",
            last_name=f"{number:04}",
            password=encoded,
            date_joined=FIRST_DAY,
        )
        for number in range(1, count + 1)
    )
    UserProfile.objects.bulk_create(
        UserProfile(user=user, display_name=user.get_full_name(), created_at=FIRST_DAY)
        for user in users
    )
    return users


def make_friends(users):
    """Befriend each user with the four that follow, one row a pair."""
    pairs = {}
    for place, sender in enumerate(users):
        for step in range(1, REQUESTS_A_USER + 1):
            receiver = users[(place + step) % len(users)]
            if sender != receiver:
                pairs.setdefault(frozenset((sender.id, receiver.id)), (sender, receiver))
    Friendship.objects.bulk_create(
        Friendship(sender=sender, receiver=receiver, status="accepted", date_created=FIRST_DAY)
        for sender, receiver in pairs.values()
    )
    return 2 * len(pairs) // len(users)


def make_messages(users):
    """Let each user have said hello to the next one."""
    Message.objects.bulk_create(
        Message(
            sender=sender,
            receiver=users[(place + 1) % len(users)],
            content="hello",
            created_at=FIRST_DAY + timedelta(minutes=place),
        )
        for place, sender in enumerate(users)
    )
