"""Looks into a Python process for `pixelload explain`: what is there, and what holds it.

Loaded at the first command that needs it, so that a collected trial pays nothing for it. It knows
Python, and Django and asyncio where the process has imported them; it knows no application. No
attribute of a strange object is asked for: a lazy one would begin to work. Every answer is
bounded in size, and a heap that is too large to walk is refused.
"""

import gc
import os
import sys
import threading
import time

# MOST_OBJECTS is how large a heap is walked, MOST_KINDS ends a list of kinds.
MOST_OBJECTS = 3_000_000
MOST_KINDS = 300
# LOOP_STEPS ends the search for one loop; LOOPS is how many are told.
LOOP_STEPS = 20_000
LOOPS = 3
MOST_ROUTES = 500
# FRAMES is how far a traced allocation is followed back to the application's own line.
FRAMES = 20
MOST_LINES = 20


def name_of(kind):
    """The name of a class with its module, without it for Python's own."""
    module = getattr(kind, "__module__", "builtins")
    if not isinstance(module, str) or module == "builtins":
        return kind.__name__
    return "%s.%s" % (module, kind.__qualname__)


def size_of(thing):
    """Bytes of the object itself, without what it refers to."""
    try:
        return sys.getsizeof(thing)
    except Exception:  # a __sizeof__ of the application's own
        return 0


def heap():
    """All objects that the collector follows, but not this list."""
    things = gc.get_objects()
    if len(things) > MOST_OBJECTS:  # a part would pass for all, and the newest come last
        raise RuntimeError(
            "the heap has %d objects, more than the %d that are looked through"
            % (len(things), MOST_OBJECTS)
        )
    return things


def ranked(tally):
    """Turn {name: [count, bytes]} into a list, the largest first, cut."""
    kinds = [{"name": name, "count": n, "bytes": size} for name, (n, size) in tally.items()]
    kinds.sort(key=lambda kind: (-kind["bytes"], -kind["count"], kind["name"]))
    return kinds[:MOST_KINDS]


def add(tally, kind, size):
    known = tally.setdefault(kind, [0, 0])
    known[0] += 1
    known[1] += size


def untracked(things):
    """What the things hold and the collector does not follow: text, bytes, numbers."""
    for thing in things:
        for held in gc.get_referents(thing):
            if not (gc.is_tracked(held) or isinstance(held, type)):
                yield held


def text_held(things, tally):
    """Add the text that the things hold, each once."""
    seen = set()
    for held in untracked(things):
        if id(held) not in seen:
            seen.add(id(held))
            add(tally, type(held), size_of(held))


def text_freed(things, tally):
    """Add the text that goes with the things: what nothing else refers to."""
    inside, own = {0: [object(), 0]}, None
    for held in untracked(things):
        inside.setdefault(id(held), [held, 0])[1] += 1
    for held, times in inside.values():
        others = sys.getrefcount(held) - times
        if own is None:
            own = others  # the first is known here only
        elif others <= own:
            add(tally, type(held), size_of(held))


def named(tally):
    return {name_of(kind): figures for kind, figures in tally.items()}


def count():
    """All living objects by kind, and the text that they hold."""
    things = heap()
    tally = {}
    for thing in things:
        add(tally, type(thing), size_of(thing))
    text_held(things, tally)
    return {"kinds": ranked(named(tally)), "objects": len(things)}


def garbage():
    """Collect as ever, but see first what it is that only a collection frees."""
    began = time.perf_counter()
    before, debug = len(gc.garbage), gc.get_debug()
    gc.set_debug(debug | gc.DEBUG_SAVEALL)
    try:
        gc.collect()
    finally:
        gc.set_debug(debug)
    things = gc.garbage[before:]
    tally = {}
    for thing in things:
        add(tally, type(thing), size_of(thing))
    text_freed(things, tally)
    found = {
        "objects": len(things),
        "bytes": sum(size for _, size in tally.values()),
        "kinds": ranked(named(tally)),
        "loops": loops(things),
    }
    del gc.garbage[before:]
    del things
    gc.collect()
    found["seconds"] = time.perf_counter() - began
    return found


def loops(things):
    """The shortest way from an object back to itself, for some of the most frequent classes."""
    inside = {id(thing): thing for thing in things}
    frequent, first = {}, {}
    for thing in things:
        kind = type(thing)
        if kind.__module__ != "builtins":
            frequent[kind] = frequent.get(kind, 0) + 1
            first.setdefault(kind, thing)
    told = []
    for kind in sorted(frequent, key=frequent.get, reverse=True)[: 4 * LOOPS]:
        found = loop(first[kind], inside)
        if found and found not in told:
            told.append(found)
        if len(told) == LOOPS:
            break
    return told


def loop(start, inside):
    """The classes along a loop through start, containers of Python's own left out; or None."""
    came, edge = {id(start): None}, [start]
    while edge and len(came) < LOOP_STEPS:
        beyond = []
        for thing in edge:
            for held in gc.get_referents(thing):
                if held is start:
                    return way(thing, came, inside, start)
                if id(held) in inside and id(held) not in came:
                    came[id(held)] = id(thing)
                    beyond.append(held)
        edge = beyond
    return None


def way(last, came, inside, start):
    classes, at = [], id(last)
    while at is not None:
        kind = type(inside[at])
        if kind.__module__ != "builtins":
            classes.append(kind.__qualname__)
        at = came[at]
    return [*reversed(classes), type(start).__qualname__]


def holders(kind):
    """What refers to objects of the kind, by kind: of the newest hundred of them."""
    things = heap()
    wanted = [thing for thing in things if name_of(type(thing)) == kind][-100:]
    ours = {id(wanted), id(things), id(sys._getframe())}
    tally = {}
    for holder in gc.get_referrers(*wanted) if wanted else ():
        if id(holder) not in ours:
            add(tally, type(holder), 0)
    kinds = ranked(named(tally))[:10]
    return {"of": len(wanted), "kinds": kinds}


def state():
    """What a process has open and waiting, found by kind."""
    found = {
        "threads": threading.active_count() - 1,  # but the one that answers here
        "tasks": 0,
        "connections": 0,
        "queued": 0,
        "queues": [],
    }
    asyncio = sys.modules.get("asyncio")
    queues, drivers, wrappers = {}, 0, 0
    for thing in heap():
        kind = type(thing)
        if asyncio and issubclass(kind, asyncio.Queue):
            waiting = thing.qsize()
            add(queues, name_of(kind), waiting)
            found["queued"] += waiting
        elif asyncio and issubclass(kind, asyncio.Task):
            found["tasks"] += not thing.done()
        elif kind.__name__ == "DatabaseWrapper":
            wrappers += vars(thing).get("connection") is not None
        elif kind.__name__.lower() == "connection" and driver(kind):
            drivers += 1
    found["connections"] = wrappers or drivers
    found["queues"] = [
        {"name": name, "count": n, "items": items} for name, (n, items) in sorted(queues.items())
    ]
    return found


def driver(kind):
    module = kind.__module__.split(".")[0].lstrip("_")
    return module in {"sqlite3", "psycopg", "psycopg2", "asyncpg", "MySQLdb"}


def routes():
    """The paths that Django and Channels answer, as far as they are plain."""
    found = {"http": [], "sockets": []}
    if "django.urls" in sys.modules:
        walk(sys.modules["django.urls"].get_resolver(), "/", found["http"])
    for thing in heap():
        if type(thing).__name__ == "URLRouter" and type(thing).__module__.startswith("channels"):
            for route in vars(thing).get("routes", ()):
                path = plain(getattr(route, "pattern", None))
                if path is not None and len(found["sockets"]) < MOST_ROUTES:
                    found["sockets"].append("/" + path)
    return found


def walk(resolver, at, found):
    for entry in resolver.url_patterns:
        path = plain(entry.pattern)
        if path is None or len(found) >= MOST_ROUTES:
            continue
        if hasattr(entry, "url_patterns"):
            walk(entry, at + path, found)
        else:
            found.append({"path": at + path, "methods": methods(entry.callback)})


def methods(view):
    """The methods of a class-based view; none where it cannot be known."""
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    names = getattr(kind, "http_method_names", ())
    return sorted(name.upper() for name in names if hasattr(kind, name) and name != "options")


def plain(pattern):
    """A pattern as path with <name> for what varies; None where it is not that simple."""
    import re

    text = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", str(pattern).lstrip("^").removesuffix("$"))
    text = text.removesuffix(r"\Z")
    return None if re.search(r"[\\^$*+?()\[\]|]", text) else text


class Tracing:
    """What was allocated between two moments, by line. It slows the process and takes memory."""

    marked = None

    def start(self):
        import tracemalloc

        tracemalloc.start(FRAMES)
        self.marked = tracemalloc.take_snapshot()
        return {}

    def mark(self):
        import tracemalloc

        self.marked = tracemalloc.take_snapshot()
        return {}

    def top(self):
        import tracemalloc

        now = tracemalloc.take_snapshot()
        lines = {}
        for entry in now.compare_to(self.marked, "traceback"):
            if entry.size_diff > 0 and not any(ours(frame) for frame in entry.traceback):
                known = lines.setdefault(own_line(entry.traceback), [0, 0])
                known[0] += entry.count_diff
                known[1] += entry.size_diff
        return {"kinds": ranked(lines)[:MOST_LINES]}

    def stop(self):
        import tracemalloc

        tracemalloc.stop()
        self.marked = None
        return {}


def ours(frame):
    return os.path.dirname(frame.filename) == os.path.dirname(__file__)


def own_line(frames):
    """The innermost line that is the application's own; of a library where there is none."""
    for frame in reversed(frames):
        if not library(frame.filename):
            return "%s:%d" % (short(frame.filename), frame.lineno)
    return "%s:%d" % (short(frames[-1].filename), frames[-1].lineno)


def library(path):
    return "site-packages" in path or path.startswith((sys.base_prefix + os.sep, "<"))


def short(path):
    """The path below the working folder, or below the libraries."""
    for root in [os.getcwd(), *sorted(filter(None, sys.path), key=len, reverse=True)]:
        if path.startswith(root + os.sep):
            return path[len(root) + 1 :]
    return os.path.basename(path)


tracing = Tracing()

COMMANDS = {
    "count": count,
    "garbage": garbage,
    "holders": holders,
    "state": state,
    "routes": routes,
    "trace-start": tracing.start,
    "trace-mark": tracing.mark,
    "trace-top": tracing.top,
    "trace-stop": tracing.stop,
}
