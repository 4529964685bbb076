"""Where the dashboard listens: its address, and why a port cannot be had, said with the way out."""

from __future__ import annotations

import contextlib
import errno
import http.client
import socket

ANYWHERE = ("0.0.0.0", "::", "")  # noqa: S104 - named, not listened on
#: ports after the one that was asked for among which a free one is looked for
OTHER_PORTS = 50


class CannotListen(Exception):
    """The address or the port cannot be had; the message says what to do."""


def address(host: str, port: int) -> str:
    """The address to type into a browser on this computer."""
    name = "localhost" if host in (*ANYWHERE, "127.0.0.1") else host
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def is_healthy(host: str, port: int) -> bool:
    """Whether a dashboard answers there."""
    connection = http.client.HTTPConnection("127.0.0.1" if host in ANYWHERE else host, port, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    return False


def check_free(host: str, port: int) -> None:
    """Make sure that a server could listen on ``port`` now.

    Raises:
        CannotListen: it could not.
    """
    try:
        _bind(host, port)
    except OSError as error:
        raise CannotListen(_way_out(error, host, port)) from error


def _bind(host: str, port: int) -> None:
    family, kind, protocol, _, place = socket.getaddrinfo(
        host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    with socket.socket(family, kind, protocol) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(place)


def _way_out(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        other = _free_port_after(host, port)
        by = f"ShowRoom may be running there already: look at {address(host, port)}."
        if not is_healthy(host, port):
            by = "Another program listens there."
        return f"Port {port} is taken. {by} Or take another port: make run PORT={other} (option --port {other})"
    if error.errno == errno.EACCES:
        return (
            f"Port {port} is for administrators only. Take one above 1023: make run PORT=8501 (option --port)"
        )
    return (
        f"This computer has no address {host!r}. Take 127.0.0.1 (this computer only) or 0.0.0.0 (everybody in"
        " your network): make run HOST=127.0.0.1 (option --host)"
    )


def _free_port_after(host: str, port: int) -> int:
    for other in range(port + 1, min(port + OTHER_PORTS, 65536)):
        with contextlib.suppress(OSError):
            _bind(host, other)
            return other
    return 8501
