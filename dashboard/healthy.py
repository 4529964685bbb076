"""``python -m dashboard.healthy``: whether a dashboard answers on this computer; exit code 0 if it does.

For containers, whose images need no other program for it.
"""

from __future__ import annotations

import argparse
import sys

from dashboard.listening import is_healthy


def main(arguments: list[str] | None = None) -> int:
    """0 if it answers, else 1."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.healthy", description=__doc__)
    parser.add_argument("--port", type=int, default=8501, help="where it listens (default: %(default)s)")
    return 0 if is_healthy("127.0.0.1", parser.parse_args(arguments).port) else 1


if __name__ == "__main__":
    sys.exit(main())
