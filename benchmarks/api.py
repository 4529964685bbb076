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
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.records.recorder import Add, Recorder, add_options
from dashboard.admission import rules
from dashboard.api import ProblemAnswers, api, pairing_routes
from dashboard.gate import Gate
from pipeline.api import views
from pipeline.config import Settings
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker

SUBMISSIONS = 50
#: cases of each phase of schemathesis for one of the 20 operations
OPERATIONS = 20


class Counting:
    """ASGI middleware: counts answers by status."""

    def __init__(self, app: ASGIApp, counts: Counter[int]) -> None:
        self._app, self._counts = app, counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count."""

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._counts[message["status"]] += 1
            await send(message)

        await self._app(scope, receive, counting)


class Served:
    """The API over an invented store with these listings, on a free port."""

    def __init__(self, folder: Path, listings: Sequence[str] = ("demo", "old-town")) -> None:
        self.store = Store.open(Settings(data=folder))
        maker = StoreMaker(self.store)
        for listing_id in listings:
            listing, key = maker.listing(listing_id, listing_id, reviews=12)
            maker.report(listing, key, maker.reviews(listing))
        views.answer(self.store, listings[0], "is it quiet?", 1)  # the encoders are loaded once
        self.counts: Counter[int] = Counter()
        own = replace(rules(), beyond=False)
        app = Starlette(
            routes=[api(lambda: self.store)],
            middleware=[
                Middleware(Counting, counts=self.counts),
                Middleware(ProblemAnswers),
                Middleware(Gate, rules=lambda: own),
            ],
        )
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        self.address = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)


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
