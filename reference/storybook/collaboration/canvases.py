"""The canvases: pictures in `canvas_data`, vector drawings in `canvas_state`."""

from .sessions import load

COVER = "cover_image"


def save_snapshot(session_id, page_id, is_cover, data_url):
    """Keep a page's picture in the session row."""
    session = load(session_id)
    session.canvas_data.setdefault("pages", {})[COVER if is_cover else page_id] = data_url
    session.save(update_fields=["canvas_data"])


def save_state(session_id, page_id, is_cover, canvas):
    """Keep a page's vector drawing in the session row."""
    session = load(session_id)
    session.canvas_state.setdefault("pages", {})[COVER if is_cover else page_id] = canvas
    session.save(update_fields=["canvas_state"])


def state_of(session_id, page_id, is_cover):
    """Return a page's vector drawing, or None when none was stored."""
    pages = load(session_id).canvas_state.get("pages", {})
    return pages.get(COVER if is_cover else page_id)
