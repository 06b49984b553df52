"""Text, title and pages of the draft."""

from storybook.collaboration import drafts, presence


class PageMessages:
    """Handlers of the draft."""

    async def text_edit(self, message):
        """Store a page's whole text, then pass it on: seven statements an edit."""
        edit = {key: message.get(key) for key in ("page_id", "page_index", "text")}
        await self.record("text_edit", edit, edit["page_index"])
        await self.stored(drafts.write_page, self.session_id, edit["page_index"], edit["text"])
        await self.stored(drafts.count_edit, self.session_id)
        await self.tell_others({"type": "text_edit", **edit})

    async def title_edit(self, message):
        title = message.get("title", "").strip()
        await self.stored(drafts.rename, self.session_id, title)
        await self.tell_others({"type": "title_edit", "title": title})

    async def page_change(self, message):
        """Turn the page for all; the sender gets its own message back."""
        number = message.get("page_number", 0)
        await self.stored(drafts.turn_to, self.session_id, number)
        await self.record("page_change", {"page_number": number}, number)
        await self.tell_all(self.signed({"type": "page_change", "page_number": number}))

    async def add_page(self, message):
        data, index = message.get("page_data", {}), message.get("page_index", 0)
        page_id = await self.stored(drafts.insert_page, self.session_id, index, data)
        await self.record("add_page", {"page_data": data, "page_index": index}, index)
        page = {**data, "page_index": index, "id": page_id}
        await self.tell_all(self.signed({"type": "page_added", "page_data": page}))

    async def delete_page(self, message):
        """Remove a page that nobody else looks at."""
        index = message.get("page_index")
        if index is None:
            await self.send_error("Invalid page index for deletion")
        elif await self.viewed_by_another(index):
            await self.send_error(
                "Cannot delete a page currently being viewed by another participant"
            )
        elif not await self.stored(drafts.remove_page, self.session_id, index):
            await self.send_error("Failed to delete page - page may not exist")
        else:
            place = {"page_id": message.get("page_id"), "page_index": index}
            await self.record("delete_page", place, index)
            await self.tell_all(self.signed({"type": "page_deleted", **place}))

    async def viewed_by_another(self, index):
        viewers = await self.stored(presence.page_viewers, self.session_id)
        return any(viewer["user_id"] != self.user.id for viewer in viewers.get(str(index), []))

    async def get_page_viewers(self, message):
        viewers = await self.stored(presence.page_viewers, self.session_id)
        await self.send_json({"type": "page_viewers_response", "page_viewers": viewers})

    HANDLERS = {
        "text_edit": text_edit,
        "title_edit": title_edit,
        "page_change": page_change,
        "add_page": add_page,
        "delete_page": delete_page,
        "get_page_viewers": get_page_viewers,
    }
