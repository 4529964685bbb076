"""A dashboard of its own for a browser test."""

from __future__ import annotations

import subprocess
import time
import urllib.error
import urllib.request
from socket import socket


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for_health(address: str, process: subprocess.Popen[bytes]) -> None:
    """Until the dashboard answers; fails if its process ends before."""
    for _ in range(600):
        assert process.poll() is None, "the dashboard ended"
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError("the dashboard did not start")
