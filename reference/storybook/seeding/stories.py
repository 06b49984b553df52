"""Stories, hand-drawn or with pictures from addresses, and a draft for every user."""

import json
from datetime import timedelta

from django.db.models import F

from storybook.models import Story

from .people import FIRST_DAY

PAGES = 6
PAGE_BREAK = "\n\n---PAGE BREAK---\n\n"
FILLER = "lorem ipsum " * 20
FIRST_DRAFT = 5000
# Rows inserted by one statement: heavy rows have 0.6 MiB each.
BATCH = 10


def make_public(users, profile, rng, drawings):
    """Create the published stories, the drawn ones spread evenly among them."""
    stories = (
        story(number, users[number % len(users)], pictures, is_published=True)
        for number in range(profile.stories)
        for pictures in [pictures_of(number, is_drawn(number, profile), rng, drawings)]
    )
    insert(stories)


def is_drawn(number, profile):
    """Say whether this story is one of the drawn."""
    before = number * profile.drawn // profile.stories
    return (number + 1) * profile.drawn // profile.stories > before


def make_drafts(users, rng, drawings):
    """Create one unpublished story a user; every third one is drawn."""
    stories = (
        story(FIRST_DRAFT + place, user, pictures, is_published=False)
        for place, user in enumerate(users)
        for pictures in [pictures_of(FIRST_DRAFT + place, place % 3 == 0, rng, drawings)]
    )
    insert(stories)


def insert(stories):
    """Store stories, with the time of the last change as old as the story."""
    Story.objects.bulk_create(stories, batch_size=BATCH)
    Story.objects.update(date_updated=F("date_created"))


def pictures_of(number, drawn, rng, drawings):
    """Return a cover and a picture for each page: data URLs when drawn, addresses if not."""
    if drawn:
        return [rng.choice(drawings) for _ in range(PAGES + 1)]
    padding = "p" * 300
    names = ["cover", *(f"page{page}" for page in range(PAGES))]
    return [f"/images/{name}-{number:04}.png?{padding}" for name in names]


def story(number, author, pictures, is_published):
    """Return an unsaved story; its cover is in it twice, as the client sends it."""
    cover, *pages = pictures
    canvases = [{"id": "cover", "order": -1, "canvasData": cover}]
    canvases += [
        {"id": f"pg{order}", "order": order, "canvasData": picture}
        for order, picture in enumerate(pages)
    ]
    texts = [f"Story {number} page {page}. {FILLER}".strip() for page in range(PAGES)]
    return Story(
        author=author,
        title=f"Story {number:04}",
        content=PAGE_BREAK.join(texts),
        canvas_data=json.dumps(canvases),
        cover_image=cover,
        summary="A generated story.",
        category="adventure",
        genres=["adventure"],
        is_published=is_published,
        date_created=FIRST_DAY + timedelta(minutes=number),
    )
