"""A real server process on a free port and its own copy of a database."""

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

REFERENCE = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-the-tests-know-this-secret-key"
START_SECONDS = 30
STOP_SECONDS = 10


def environment(database, **variables):
    """Return the variables for one server or command."""
    return {
        **os.environ,
        "SECRET_KEY": SECRET_KEY,
        "DATABASE_URL": f"sqlite:///{database}",
        **variables,
    }


def manage(database, *arguments):
    """Run manage.py on a database."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REFERENCE,
        env=environment(database),
        check=True,
        capture_output=True,
        text=True,
    )


class Server:
    """The reference app, from start to stop, as a context."""

    def __init__(self, database, folder, **variables):
        self.database = Path(folder) / "server.sqlite3"
        shutil.copyfile(database, self.database)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.variables = variables

    def __enter__(self):
        self.process = subprocess.Popen(
            [REFERENCE / "serve"],
            env=environment(self.database, PORT=str(self.port), **self.variables),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.wait_until_listening()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *exception):
        self.process.terminate()
        self.process.wait(STOP_SECONDS)

    def wait_until_listening(self):
        """Return once the port accepts; fail if the process has died or takes too long."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"the server ended: {self.process.returncode}"
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"the server did not listen within {START_SECONDS} s")

    def anonymous_bytes(self):
        """Return the process's anonymous memory, from /proc/PID/smaps_rollup."""
        for line in Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Anonymous:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("smaps_rollup has no Anonymous line")


def free_port():
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
