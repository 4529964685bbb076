"""Fifty submissions at once, from a process of their own, and health seen from another one."""

from __future__ import annotations

import contextlib
import multiprocessing
import statistics
import threading
import time
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from queue import Empty

import httpx2

from benchmarks.api.served import Served
from benchmarks.records.recorder import Add

SUBMISSIONS = 50
PROBE_EVERY_S = 0.01


def _send(address: str, ids: Queue[str]) -> None:
    """A process of its own: what clients compute must not be taken for what the server does."""

    def send(number: int) -> None:
        with httpx2.Client(base_url=address, timeout=60) as client:
            start.wait()
            for _ in range(2):
                body = {"source": f"https://www.airbnb.com/rooms/{5000 + number}"}
                headers = {"Idempotency-Key": f"crowd-{number}"}
                ids.put(client.post("/api/v1/analyses", json=body, headers=headers).json()["id"])

    start = threading.Barrier(SUBMISSIONS)
    threads = [threading.Thread(target=send, args=(number,)) for number in range(SUBMISSIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _probe(address: str, took_s: Queue[float], ended: Event) -> None:
    """Another one: how long health takes, again and again."""
    with httpx2.Client(base_url=address) as client:
        client.get("/api/v1/health").raise_for_status()
        while not ended.is_set():
            began = time.perf_counter()
            client.get("/api/v1/health").raise_for_status()
            took_s.put(time.perf_counter() - began)
            time.sleep(PROBE_EVERY_S)


def crowd(served: Served, add: Add) -> bool:
    """Submissions at once, each sent twice under one key, and health meanwhile."""
    before = len(served.store.catalogue.jobs(limit=100_000))
    context = multiprocessing.get_context("spawn")
    ids, times, ended = context.Queue(), context.Queue(), context.Event()
    probe = context.Process(target=_probe, args=(served.address, times, ended))
    crowd_of = context.Process(target=_send, args=(served.address, ids))
    probe.start()
    times.get()
    crowd_of.start()
    told = {ids.get() for _ in range(2 * SUBMISSIONS)}
    ended.set()
    crowd_of.join()
    took_s = _all_of(times)
    probe.join()
    made = len(served.store.catalogue.jobs(limit=100_000)) - before
    lost, doubled = SUBMISSIONS - len(told), made - len(told)
    median_ms, worst_ms = 1000 * statistics.median(took_s), 1000 * max(took_s)
    print(f"{SUBMISSIONS} at once: {lost} lost, {doubled} doubled;", end=" ", flush=True)
    print(f"health {median_ms:.0f} ms (median), {worst_ms:.0f} ms (worst) of {len(took_s)}")
    add({"what": "crowd", "lost": lost, "doubled": doubled, "median_ms": median_ms, "worst_ms": worst_ms})
    return not lost and not doubled


def _all_of(times: Queue[float]) -> list[float]:
    found: list[float] = []
    with contextlib.suppress(Empty):
        while True:
            found.append(times.get(timeout=1))
    return found
