"""Votes to end a session, kept in this process's cache and read and written without a lock."""

import uuid

from django.core.cache import cache
from rest_framework.decorators import api_view
from rest_framework.response import Response

from storybook.collaboration import sessions
from storybook.consumers.votes import QUESTION
from storybook.push import push, session_group

from .participants import NOT_A_PARTICIPANT

LIFETIME_SECONDS = 300


@api_view(["POST"])
def initiate(request, session_id):
    """Ask all participants of a session."""
    session, refusal = voting_session(session_id, request.user)
    if refusal:
        return refusal
    vote_id = str(uuid.uuid4())
    total = session.participants.filter(is_active=True).count()
    remember(vote_id, {})
    payload = {
        "type": "vote_initiated",
        "vote_id": vote_id,
        "initiated_by": request.user.id,
        "initiated_by_username": request.user.username,
        "total_participants": total,
        "question": QUESTION,
    }
    push(session_group(session_id), payload)
    return Response({"success": True, "vote_id": vote_id, "total_participants": total})


@api_view(["POST"])
def cast(request, session_id):
    """Count one vote. An unknown or finished vote begins anew under the same id."""
    session, refusal = voting_session(session_id, request.user)
    if refusal:
        return refusal
    vote_id = request.data.get("vote_id")
    if not vote_id:
        return Response({"error": "vote_id is required"}, status=400)
    votes = cache.get(f"vote_{vote_id}", {})
    votes[request.user.id] = bool(request.data.get("agree"))
    remember(vote_id, votes)
    total = session.participants.filter(is_active=True).count()
    yes = sum(votes.values())
    tell_count(session_id, vote_id, votes, total)
    counts = {"yes_votes": yes, "no_votes": len(votes) - yes}
    if len(votes) < total:
        progress = {"vote_complete": False, **counts, "total_participants": total}
        return Response({"success": True, **progress})
    approved = yes > counts["no_votes"]
    finish(session_id, vote_id, approved, counts, total)
    return Response({"success": True, "vote_complete": True, "approved": approved, **counts})


def voting_session(session_id, user):
    """Return the session, or None and the answer that refuses the user."""
    session = sessions.find(session_id)
    if session is None:
        return None, Response({"error": "Session not found"}, status=404)
    if not sessions.is_active_participant(session, user):
        return None, Response({"error": NOT_A_PARTICIPANT}, status=403)
    return session, None


def remember(vote_id, votes):
    """Keep the votes for five minutes from now."""
    cache.set(f"vote_{vote_id}", votes, LIFETIME_SECONDS)


def tell_count(session_id, vote_id, votes, total):
    """Tell the session how the vote stands."""
    yes = sum(votes.values())
    payload = {
        "type": "vote_update",
        "vote_id": vote_id,
        "voting_data": votes,
        "yes_count": yes,
        "no_count": len(votes) - yes,
        "current_votes": len(votes),
        "total_participants": total,
    }
    push(session_group(session_id), payload)


def finish(session_id, vote_id, approved, counts, total):
    """Tell the session the result and forget the vote."""
    cache.delete(f"vote_{vote_id}")
    payload = {
        "type": "vote_result",
        "vote_id": vote_id,
        "approved": approved,
        **counts,
        "total_participants": total,
    }
    push(session_group(session_id), payload)
