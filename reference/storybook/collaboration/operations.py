"""The log of a session: a row for every stroke, text edit and page turn."""

from storybook.models import DrawingOperation

from .sessions import load


def record(session_id, user, operation_type, data, page_number):
    """Append one row: the session, its latest row, then the insert, three statements.

    Nothing guards the sequence number, and no index helps to find the latest one.
    """
    session = load(session_id)
    latest = session.operations.order_by("-sequence_number").first()
    DrawingOperation.objects.create(
        session=session,
        user=user,
        operation_type=operation_type,
        operation_data=data,
        page_number=page_number or 0,
        sequence_number=latest.sequence_number + 1 if latest else 0,
    )
