"""Names this process in a lease, and knows whether the process of another name is still alive."""

from __future__ import annotations

import os
import socket

import psutil


def own_name() -> str:
    """Host, process and the moment it started: a later process may get the same number."""
    started = psutil.Process().create_time()
    return f"{socket.gethostname()}:{os.getpid()}:{started:.2f}"


def is_dead(name: str) -> bool:
    """Whether the process of that name is known to be gone; of another host nothing is known."""
    host, pid, started = ([*name.rsplit(":", 2), "", ""])[:3]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(started)) > 1
    except (psutil.NoSuchProcess, ValueError):
        return True
    except psutil.AccessDenied:
        return False
