"""The draft: the text that participants write together."""

import uuid

from .sessions import load


def write_page(session_id, page_index, text):
    """Replace a page's text, padding the draft up to it, and rewrite the whole session row.

    Index -1 is the last page, and an IndexError when there is none yet.
    """
    session = load(session_id)
    pages = session.story_draft.setdefault("pages", [])
    while len(pages) <= page_index:
        pages.append({"text": ""})
    pages[page_index]["text"] = text
    session.save()


def count_edit(session_id):
    """Count one more text edit."""
    session = load(session_id)
    session.total_edits += 1
    session.save(update_fields=["total_edits"])


def rename(session_id, title):
    """Replace the draft's title."""
    session = load(session_id)
    session.story_draft["title"] = title
    session.save(update_fields=["story_draft"])


def insert_page(session_id, page_index, page_data):
    """Insert a page with an id of the server's, and return that id."""
    session = load(session_id)
    page = {"text": page_data.get("text", ""), "id": str(uuid.uuid4())}
    session.story_draft.setdefault("pages", []).insert(page_index, page)
    session.save(update_fields=["story_draft"])
    return page["id"]


def remove_page(session_id, page_index):
    """Remove a page and say whether there was one."""
    session = load(session_id)
    pages = session.story_draft.get("pages", [])
    if not 0 <= page_index < len(pages):
        return False
    del pages[page_index]
    session.save(update_fields=["story_draft"])
    return True


def turn_to(session_id, page_number):
    """Make a page the session's current one, by rewriting the whole row."""
    session = load(session_id)
    session.current_page = page_number
    session.save()
