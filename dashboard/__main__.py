"""``python -m dashboard``: start the dashboard."""

from __future__ import annotations

import argparse
import signal
import sys

from dashboard.gate import LOOPBACK
from dashboard.keeping import WRONG_SETTINGS_EXIT
from dashboard.listening import CannotListen, address, check_free

# Said here as well as in .streamlit/config.toml, so that nothing is sent wherever it is started from.
# Streamlit's welcome would ask a server on the internet for this computer's address.
QUIET = {
    "browser.gatherUsageStats": False,
    "client.toolbarMode": "minimal",
    "logger.hideWelcomeMessage": True,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.showEmailPrompt": False,
}


#: sysexits.h: EX_TEMPFAIL
TRY_AGAIN_EXIT = 75


def _port(value: str) -> int:
    port = int(value)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"a port is a number from 1 to 65535, got {value}")
    return port


def told_password(password: str) -> str:
    """What is said of a password that was made up."""
    return (
        "Others in your network can reach ShowRoom, so it asks for a password. For this run it is:"
        f" {password}   (set SHOWROOM_PASSWORD to choose one)"
    )


def _served(host: str, port: int) -> dict[str, object]:
    """Where to listen, and the names that Streamlit's own check of WebSockets knows (the gate knows more)."""
    known = ["localhost", "127.0.0.1", "::1"] if host in LOOPBACK else []
    return {"server.address": host, "server.port": port, "server.allowedHosts": known}


def _end(*_: object) -> None:
    """End without a trace back; the server has finished its requests by then."""
    sys.exit(0)


def main(arguments: list[str] | None = None) -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m dashboard", description="Start the ShowRoom dashboard.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", default=8501, type=_port, help="port to listen on (default: %(default)s)")
    parser.add_argument("--quiet", action="store_true", help="do not print the address")
    chosen = parser.parse_args(arguments)
    try:
        check_free(chosen.host, chosen.port)
    except CannotListen as error:
        parser.exit(1, f"{error}\n")
    from dashboard.admission import make_password
    from dashboard.server import create_app
    from pipeline.errors import InstallationError, Unreachable

    try:
        app = create_app()
    except InstallationError as error:
        parser.exit(TRY_AGAIN_EXIT if isinstance(error, Unreachable) else WRONG_SETTINGS_EXIT, f"{error}\n")
    password = make_password(chosen.host)
    if password is not None:
        print(told_password(password), flush=True)  # noqa: T201
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    if not chosen.quiet:
        print(f"ShowRoom's dashboard is at {address(chosen.host, chosen.port)}", flush=True)  # noqa: T201
    app.run(config=QUIET | _served(chosen.host, chosen.port))


if __name__ == "__main__":
    main()
