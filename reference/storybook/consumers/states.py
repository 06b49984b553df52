"""Vector drawings that clients store and ask for."""

from storybook.collaboration import canvases

from .drawing import place_of

# PixelTales reads an attribute here that nothing sets. Clients have always got this text
# in place of the message that was meant, so it is part of the protocol.
UNSET_ATTRIBUTE = "'CollaborationConsumer' object has no attribute 'session_group_name'"


class StateMessages:
    """Handlers of whole canvases."""

    async def canvas_state(self, message):
        """Store a page's drawing; a named target gets an error in place of the drawing."""
        place = place_of(message)
        if canvas := message.get("canvas_data"):
            await self.stored(
                canvases.save_state,
                self.session_id,
                place["page_id"],
                place["is_cover_image"],
                canvas,
            )
        if message.get("target_user_id"):
            await self.send_error(UNSET_ATTRIBUTE)

    async def request_sync(self, message):
        """Send a page's stored drawing, or the error above when there is none."""
        place = place_of(message)
        canvas = await self.stored(
            canvases.state_of, self.session_id, place["page_id"], place["is_cover_image"]
        )
        if canvas is None:
            await self.send_error(UNSET_ATTRIBUTE)
            return
        await self.send_json(
            {"type": "canvas_state", "canvas_data": canvas, **place, "sender_user_id": "server"}
        )

    HANDLERS = {
        "canvas_state": canvas_state,
        "request_sync": request_sync,
    }
