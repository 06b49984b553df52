"""The remedy that leaves the code of the lists as it is: their garbage is collected at once."""

import gc
import sys
import time

LISTS = {"/api/stories/", "/api/stories/saved/"}


class CollectAfterLists:
    """An ASGI application that makes a full garbage collection after each large list answer.

    It does so when the answer is out and the framework has let go of it: a collection any
    sooner would find it in use. Everybody else waits meanwhile, so what the collections took
    is counted, and said when the server ends.
    """

    def __init__(self, application, above_bytes):
        self.application = application
        self.above_bytes = above_bytes
        self.collections = 0
        self.seconds = 0.0

    async def __call__(self, scope, receive, send):
        """Answer, and collect when that took more bytes than allowed."""
        if scope["path"] not in LISTS:
            await self.application(scope, receive, send)
            return
        answered = 0

        async def count(message):
            nonlocal answered
            answered += len(message.get("body", b""))
            await send(message)

        await self.application(scope, receive, count)
        if answered > self.above_bytes:
            self.collect()

    def collect(self):
        """Collect all generations, and note how long it took."""
        began = time.perf_counter()
        gc.collect()
        self.collections += 1
        self.seconds += time.perf_counter() - began

    def say(self):
        """Print what the collections took in all."""
        print(f"{self.collections} collections after lists, {self.seconds:.3f} s", file=sys.stderr)
