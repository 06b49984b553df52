"""Answers pixelload from inside a Python process, on a socket of its own.

Python imports a module of this name when it starts. pixelload puts the folder on PYTHONPATH in
collected trials and to explain only. The process listens in the folder that PIXELLOAD_HOOK names, on PID.sock:
one line with a command in, one line of JSON out. Until somebody asks it costs a thread that
sleeps. Nothing that fails here reaches the application: it is told on the socket, or in
PID.error when there is none.
"""

import os
import sys

FOLDER = os.path.dirname(os.path.abspath(__file__))


def trim():
    """Give the kernel what the C library keeps of freed memory; where it is not glibc, nothing."""
    import ctypes

    try:
        ctypes.CDLL(None).malloc_trim(0)
    except AttributeError:
        pass


def collect():
    """Collect all garbage, again while more is found: finalizers leave some behind."""
    import gc
    import time

    began = time.perf_counter()
    collected, full, forced = 0, gc.get_stats()[2]["collections"], 0
    for _ in range(3):
        found = gc.collect()
        forced += 1
        collected += found
        if not found:
            break
    objects = len(gc.get_objects())
    trim()
    return {
        "collected": collected,
        "uncollectable": len(gc.garbage),
        "objects": objects,
        "blocks": sys.getallocatedblocks(),
        "full": full,
        "forced": forced,
        "seconds": time.perf_counter() - began,
    }


def trimmed():
    """Trim alone, so that garbage is told from memory that is free already."""
    trim()
    return {}


COMMANDS = {"collect": collect, "trim": trimmed}


def look():
    """The commands of look.py beside this file, which few trials need."""
    import importlib.util

    if "pixelload_look" not in sys.modules:
        path = os.path.join(FOLDER, "look.py")
        spec = importlib.util.spec_from_file_location("pixelload_look", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules["pixelload_look"] = module
    return sys.modules["pixelload_look"].COMMANDS


def answer(line):
    """Run one command with its words and return its answer, or what went wrong."""
    import json

    try:
        name, *words = line.split() or [""]
        command = COMMANDS.get(name) or look().get(name)
        found = command(*words) if command else {"error": "unknown command %r" % line.strip()}
        return json.dumps(found) + "\n"
    except BaseException as error:
        return json.dumps({"error": "%s: %s" % (type(error).__name__, error)}) + "\n"


def serve(listener):
    """Answer one caller after the other, for as long as the process lives."""
    while True:
        try:
            caller, _ = listener.accept()
        except OSError:
            return  # closed: the process has forked, or it ends
        try:
            with caller:
                caller.settimeout(10)
                with caller.makefile("rw") as lines:
                    lines.write(answer(lines.readline(4096)))
        except Exception:
            pass  # the caller left


def listen(folder):
    """Begin to answer, in this process and in each that it forks."""
    import socket
    import threading

    path = os.path.join(folder, "%d.sock" % os.getpid())
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(4)
    threading.Thread(target=serve, args=(listener,), name="pixelload", daemon=True).start()
    return listener


class Hook:
    """The listening socket of this process; a fork makes another one of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.listener = None

    def begin(self):
        try:
            if self.listener is not None:
                self.listener.close()  # the parent's, which goes on listening
                self.listener = None
            self.listener = listen(self.folder)
        except Exception as error:
            self.tell(error)

    def tell(self, error):
        try:
            with open(os.path.join(self.folder, "%d.error" % os.getpid()), "w") as file:
                file.write("%s: %s" % (type(error).__name__, error))
        except OSError:
            pass


def step_aside():
    """Import the sitecustomize that would have been found without this one.

    The watch before a checkout's network does the same: either may be there without the other.
    """
    sys.path[:] = [path for path in sys.path if os.path.abspath(path) != FOLDER]
    ours = sys.modules.pop(__name__)
    try:
        import sitecustomize  # noqa: F401  its import is its work
    except ImportError as error:
        if error.name != __name__:
            raise
        sys.modules[__name__] = ours  # there is none


if os.environ.get("PIXELLOAD_HOOK"):
    hook = Hook(os.environ["PIXELLOAD_HOOK"])
    hook.begin()
    os.register_at_fork(after_in_child=hook.begin)
step_aside()
