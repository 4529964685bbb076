"""The REST API under fire: schemathesis against its own document, and 50 submissions at once.

Run with ``python -m benchmarks.api [--cases 2000] [--seed 0]``. It serves a small invented store on this
computer. Needs `schemathesis` (requirements-dev.txt). Prints how many submissions were lost or doubled, how
long ``/health`` took meanwhile, what schemathesis found, and answers by status.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx2

from benchmarks.api.served import Served
from benchmarks.records.recorder import Add, Recorder, add_options
from dashboard.api import pairing_routes

SUBMISSIONS = 50
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


def crowd(served: Served, add: Add) -> bool:
    """Submissions at once, each sent twice under one key, and health meanwhile."""
    before = len(served.store.catalogue.jobs(limit=100_000))
    ids: list[str] = []

    def send(number: int) -> None:
        with httpx2.Client(base_url=served.address, timeout=60) as client:
            for _ in range(2):
                body = {"source": f"https://www.airbnb.com/rooms/{5000 + number}"}
                headers = {"Idempotency-Key": f"crowd-{number}"}
                ids.append(client.post("/api/v1/analyses", json=body, headers=headers).json()["id"])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(SUBMISSIONS)]
    for thread in threads:
        thread.start()
    took_s = []
    with httpx2.Client(base_url=served.address) as client:
        while any(thread.is_alive() for thread in threads):
            began = time.perf_counter()
            client.get("/api/v1/health").raise_for_status()
            took_s.append(time.perf_counter() - began)
    made = len(served.store.catalogue.jobs(limit=100_000)) - before
    lost, doubled = SUBMISSIONS - len(set(ids)), made - len(set(ids))
    median_ms, worst_ms = 1000 * statistics.median(took_s), 1000 * max(took_s)
    print(f"{SUBMISSIONS} at once: {lost} lost, {doubled} doubled;", end=" ", flush=True)
    print(f"health {median_ms:.0f} ms (median), {worst_ms:.0f} ms (worst)")
    add({"what": "crowd", "lost": lost, "doubled": doubled, "median_ms": median_ms, "worst_ms": worst_ms})
    return not lost and not doubled


def main() -> None:
    """Print what happened; exit code 1 if something was wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000, help="about so many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    add_options(parser)
    options = parser.parse_args()
    pairing_routes.WRONG_PAUSE_S = 0.0  # guessing codes is slow on purpose
    recorder = Recorder.of("api", ["what"], options)
    with tempfile.TemporaryDirectory() as name, Served(Path(name)) as served:
        well = crowd(served, recorder.add)
        well = fuzz(served, options.cases, options.seed, recorder.add) and well
    sys.exit(not well)


if __name__ == "__main__":
    main()
