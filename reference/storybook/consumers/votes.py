"""Votes over the socket, and the end they may lead to."""

from storybook.collaboration import finish, votes

QUESTION = "Save and end the collaboration session?"


class VoteMessages:
    """Handlers of votes. They know neither a vote's id nor its total, and say so."""

    async def initiate_vote(self, message):
        await self.stored(votes.begin, self.session_id)
        await self.tell_all(
            {
                "type": "vote_initiated",
                "vote_id": None,
                "initiated_by": self.user.id,
                "initiated_by_username": self.user.username,
                "total_participants": None,
                "question": QUESTION,
            }
        )

    async def vote_save(self, message):
        """Count one vote; the last one brings the result."""
        agrees = message.get("vote", False)
        cast, voters = await self.stored(votes.cast, self.session_id, self.user, agrees)
        await self.tell_all(
            {
                "type": "vote_update",
                "vote_id": None,
                "voting_data": cast,
                "yes_count": 0,
                "no_count": 0,
                "current_votes": len(cast),
                "total_participants": 0,
            }
        )
        if len(cast) >= voters:
            await self.tell_all(result_of(cast))

    async def finalize(self, message):
        """Make the story out of the draft and end the session."""
        story = await self.stored(finish.finalize, self.session_id)
        await self.tell_all(
            {
                "type": "story_finalized",
                "story_id": story.id,
                "message": "Story saved to all participants!",
            }
        )
        await self.tell_all(
            {
                "type": "session_ended",
                "session_id": self.session_id,
                "story_title": story.title,
                "ended_by": "vote",
            }
        )

    HANDLERS = {
        "initiate_vote": initiate_vote,
        "vote_save": vote_save,
        "finalize_collaborative_story": finalize,
    }


def result_of(cast):
    """Return the message that closes a vote: everybody must have agreed."""
    if not all(cast.values()):
        return {"type": "vote_failed", "message": "Not everyone agreed. Continue editing!"}
    return {
        "type": "vote_result",
        "vote_id": None,
        "approved": True,
        "yes_votes": 0,
        "no_votes": 0,
        "total_participants": 0,
    }
