"""A process that cannot open certain files and folders, whatever it runs (Linux)."""

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

from nasarena.suite.errors import UserError

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION_3 = 0x20080522


class CannotIsolate(UserError):
    """This system lets nobody make a process of this kind."""


def isolate(hidden: Iterable[Path]) -> None:
    """Take from this process, for ever, the network and whatever lies at these paths.

    It gets a user, mount and network namespace of its own. Folders are empty there, files are
    empty; other processes of the same user cannot be looked into. Its capabilities are dropped, so
    that it cannot undo this, nor can what it starts. It must have one thread only. Raises
    CannotIsolate.
    """
    user, group = os.getuid(), os.getgid()
    try:
        library = ctypes.CDLL(None, use_errno=True)
        _call(library.unshare, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET)
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
        _call(library.mount, None, b"/", None, MS_REC | MS_PRIVATE, None)
        for path in hidden:
            where = os.fsencode(path)
            if path.is_dir():
                flags = MS_NOSUID | MS_NODEV | MS_NOEXEC
                _call(library.mount, b"none", where, b"tmpfs", flags, b"size=64k")
            elif path.exists():
                _call(library.mount, b"/dev/null", where, None, MS_BIND, None)
        _call(library.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
        _call(library.capset, header, (ctypes.c_uint32 * 6)())
    except (OSError, AttributeError) as error:
        raise CannotIsolate(
            "strict runs need user namespaces (Linux), which this system does not allow "
            f"({error}); allow them, or run without --strict"
        ) from None


def _call(function: "ctypes._NamedFuncPointer", *arguments: object) -> None:
    """Raises OSError when a function of the system's library fails."""
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")
