"""Starts a command where it reaches nothing but the loopback of a network of its own.

    launcher.py GATE PORT SERVICES -- COMMAND...

The process becomes the command, so its id stays the same. GATE is the socket on which pixelload
waits: it is told how far the isolation went, and gets one listening socket for each of SERVICES,
ports of this machine such as a database's ("-" for none), to lead what comes there to the true
one. With a PORT other than 0, the command gets a socket that is bound to that port of the machine
and does not listen yet: "{fd}" in the command becomes its number. A socket stays in the network
that it was made in, so users reach the command from outside, and it reaches nobody.
"""

import array
import ctypes
import errno
import fcntl
import json
import os
import socket
import struct
import sys

# From the kernel's sched.h and if.h, and netdevice(7).
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
SIOCGIFFLAGS = 0x8913
SIOCSIFFLAGS = 0x8914
IFF_UP = 1


def bound(port):
    """Return the number of a socket bound to the port, which the command inherits."""
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(("127.0.0.1", port))
    server.set_inheritable(True)
    return server.detach()


def unshare(flags):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(flags) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def leave():
    """Move to a network of our own; where that takes rights we lack, by a user namespace."""
    try:
        return unshare(CLONE_NEWNET)
    except OSError as error:
        if error.errno != errno.EPERM:
            raise
    user, group = os.geteuid(), os.getegid()
    unshare(CLONE_NEWUSER | CLONE_NEWNET)
    # user_namespaces(7): each id is itself, and groups may not be dropped.
    write("/proc/self/setgroups", "deny")
    write("/proc/self/uid_map", "%d %d 1" % (user, user))
    write("/proc/self/gid_map", "%d %d 1" % (group, group))


def bring_up_loopback():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        name = struct.pack("16sh14x", b"lo", 0)
        (flags,) = struct.unpack("16xh14x", fcntl.ioctl(any_socket, SIOCGIFFLAGS, name))
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | IFF_UP))


def isolate():
    """Return why the network is still the machine's; "" when it is not.

    There is no way back from a network whose loopback cannot be had, so a child tries first.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            leave()
            bring_up_loopback()
        except OSError as error:
            os.write(writer, (error.strerror or str(error)).encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as told:
        why = told.read()
    os.waitpid(child, 0)
    if not why:
        leave()
        bring_up_loopback()
    return why


def listening(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.bind(("127.0.0.1", port))
    server.listen(128)
    return server


def tell(gate, why, services):
    """Hand the listening sockets over: unix(7), SCM_RIGHTS."""
    listeners = [] if why else [listening(port) for port in services]
    numbers = array.array("i", [server.fileno() for server in listeners])
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, numbers)] if listeners else []
    told = json.dumps({"why": why, "services": services if listeners else []}).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.connect(gate)
        caller.sendmsg([told + b"\n"], rights)


def main():
    gate, port, services = sys.argv[1:4]
    command = sys.argv[5:]
    try:
        if int(port):
            number = str(bound(int(port)))
            command = [word.replace("{fd}", number) for word in command]
        why = isolate()
        if why:  # then the watch is what keeps it from calling others
            os.environ["PIXELLOAD_REFUSE"] = "1"
        tell(gate, why, [int(name) for name in services.split(",") if name != "-"])
        os.execvp(command[0], command)
    except OSError as error:
        sys.exit("isolating the app from the network: %s" % error)


main()
