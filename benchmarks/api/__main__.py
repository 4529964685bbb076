"""The REST API under fire: schemathesis against its own document, and 50 submissions at once.

Run with ``python -m benchmarks.api [--cases 2000] [--seed 0]``. It serves a small invented store on this
computer. Needs `schemathesis` (requirements-dev.txt). Prints how many submissions were lost or doubled, how
long ``/health`` took meanwhile, what schemathesis found, and answers by status.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.api.crowd import crowd
from benchmarks.api.served import Served
from benchmarks.records.recorder import Add, Recorder, add_options
from dashboard.api import pairing_routes

#: cases of each phase of schemathesis for one of the 20 operations
OPERATIONS = 20


def fuzz(served: Served, cases: int, seed: int, add: Add) -> bool:
    """Let schemathesis loose; whether it found nothing."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{served.address}/api/v1/openapi.json"),
        *("--max-examples", str(max(1, cases // OPERATIONS)), "--seed", str(seed), "--no-color"),
        *("--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"),
        *("--request-timeout", "20", "--exclude-checks", "ignored_auth,positive_data_acceptance"),
    ]
    began = time.perf_counter()
    ran = subprocess.run(command, check=False)
    total = served.counts.total()
    broken = sum(number for status, number in served.counts.items() if status >= 500)
    print(f"{total} requests in {time.perf_counter() - began:.0f} s, {broken} answered with 5xx")
    print("answers by status:", dict(sorted(served.counts.items())))
    add({"what": "schemathesis", "cases": total, "5xx": broken, "found nothing": ran.returncode == 0})
    return ran.returncode == 0 and not broken


def main() -> None:
    """Print what happened; exit code 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="about so many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--crowd", action="store_true", help="only the submissions at once")
    add_options(parser)
    options = parser.parse_args()
    pairing_routes.WRONG_PAUSE_S = 0.0  # guessing codes is slow on purpose
    recorder = Recorder.of("api", ["what"], options)
    with tempfile.TemporaryDirectory() as name, Served(Path(name)) as served:
        well = crowd(served, recorder.add)
        if not options.crowd:
            well = fuzz(served, options.cases, options.seed, recorder.add) and well
    sys.exit(not well)


if __name__ == "__main__":
    main()
