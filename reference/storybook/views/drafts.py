"""The draft of a session over REST."""

from django.shortcuts import get_object_or_404
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.collaboration import sessions
from storybook.models import CollaborationSession

from .participants import NOT_A_PARTICIPANT


@api_view(["GET"])
def draft(request, session_id):
    """Show the draft together with every stored canvas of the session."""
    session = get_object_or_404(CollaborationSession, session_id=session_id)
    if not sessions.is_active_participant(session, request.user):
        return Response({"error": NOT_A_PARTICIPANT}, status=403)
    return Response(
        {
            "success": True,
            "story_draft": session.story_draft,
            "canvas_state": session.canvas_state,
            "current_page": session.current_page,
        }
    )


@api_view(["POST"])
def update(request, session_id):
    """Replace the draft, rewriting the whole session row."""
    session = get_object_or_404(CollaborationSession, session_id=session_id)
    if not sessions.is_active_participant(session, request.user):
        return Response({"error": NOT_A_PARTICIPANT}, status=403)
    story_draft = request.data.get("story_draft")
    if not story_draft:
        return Response({"error": "story_draft is required"}, status=400)
    session.story_draft = story_draft
    session.save()
    return Response({"success": True, "message": "Story draft updated successfully"})
