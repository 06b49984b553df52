"""Strokes and everything else that changes a canvas."""

from storybook.collaboration import canvases, operations


def place_of(message):
    """Return where a message belongs: the page's id and index, and whether it is the cover."""
    return {
        "page_id": message.get("page_id"),
        "page_index": message.get("page_index"),
        "is_cover_image": message.get("is_cover_image", False),
    }


class DrawingMessages:
    """Handlers of the canvas; each stores an operation row and then passes the message on."""

    async def draw(self, message):
        place, data = place_of(message), message.get("data", {})
        await self.record("draw", {"drawing_data": data, **place}, place["page_index"])
        if snapshot := message.get("canvas_snapshot"):
            await self.keep_snapshot(message, snapshot)
        await self.tell_others({"type": "draw", "data": data, **place})

    async def clear(self, message):
        """Clear a page; the sender gets its own message back."""
        place = place_of(message)
        await self.record("clear", place, place["page_index"])
        await self.tell_all(self.signed({"type": "clear", **place}))

    async def change(self, message):
        """Pass on a change of an object, which says itself where it belongs."""
        data = message.get("data", {})
        index = data.get("page_index", data.get("pageIndex"))
        await self.record(message["type"], data, index)
        await self.tell_others({"type": message["type"], "data": data})

    async def layer_operation(self, message):
        operation, data = message.get("operation"), message.get("data", {})
        stored = {"operation": operation, **data}
        await self.record("layer_operation", stored, data.get("pageIndex"))
        await self.tell_others({"type": "layer_operation", "operation": operation, "data": data})

    async def canvas_snapshot(self, message):
        await self.keep_snapshot(message, message.get("canvas_data_url"))

    async def keep_snapshot(self, message, data_url):
        place = place_of(message)
        await self.stored(
            canvases.save_snapshot,
            self.session_id,
            place["page_id"],
            place["is_cover_image"],
            data_url,
        )

    async def record(self, kind, data, page_number):
        """Store one operation row."""
        await self.stored(operations.record, self.session_id, self.user, kind, data, page_number)

    HANDLERS = {
        "draw": draw,
        "clear": clear,
        "transform": change,
        "delete": change,
        "text_edit_advanced": change,
        "transform_operation": change,
        "delete_item": change,
        "layer_operation": layer_operation,
        "canvas_snapshot": canvas_snapshot,
    }
