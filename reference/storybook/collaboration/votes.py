"""Votes started over the socket, kept in the session row.

The client uses the REST votes instead; these answer without a vote id or a total.
"""

from .sessions import load


def begin(session_id):
    """Start a vote afresh."""
    session = load(session_id)
    session.is_voting = True
    session.voting_data = {}
    session.save()
    return count_active(session_id)


def cast(session_id, user, agrees):
    """Store one vote and return all votes with the number of active participants."""
    session = load(session_id)
    session.voting_data[str(user.id)] = agrees
    session.save()
    return session.voting_data, count_active(session_id)


def count_active(session_id):
    """Count the participants who have a vote."""
    return load(session_id).participants.filter(is_active=True).count()
