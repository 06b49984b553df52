"""Turning a draft into a story, which ends the session."""

import json

from storybook.models import Story

from .sessions import load


def finalize(session_id):
    """Create the story with all active participants as authors and return it.

    Anybody may ask for it, host or not and vote or not. The text comes from the draft's own
    `content`, which clients never fill, so the story is as good as empty.
    """
    session = load(session_id)
    draft = session.story_draft
    story = Story.objects.create(
        author=session.host,
        title=draft.get("title") or "Untitled Collaborative Story",
        content=draft.get("content", ""),
        canvas_data=json.dumps(draft.get("canvas_data", [])),
        summary=draft.get("summary", ""),
        category=draft.get("category", "other"),
        genres=draft.get("genres", []),
        is_collaborative=True,
    )
    for participant in session.participants.filter(is_active=True):
        story.authors.add(participant.user)
    session.is_active = False
    session.save()
    return story
