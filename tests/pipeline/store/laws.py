"""What any catalogue and queue must do, whichever servers are behind them."""

from __future__ import annotations

import threading

from pipeline.jobs.job_queue import JobQueue
from pipeline.store import JobState, StageState, Store
from scrapers.listing import Listing

KEY = "cd" * 32


def listing(listing_id: str = "folder-1", title: str = "Söller · 방") -> Listing:
    """A listing without photos."""
    return Listing(id=listing_id, source="folder", origin="/photos", title=title)


def check_listings_and_reports(store: Store) -> None:
    """A listing is known by its newest report; deleting it forgets both."""
    catalogue = store.catalogue
    catalogue.put_listing(listing(), KEY)
    assert catalogue.listing("folder-1").report_key is None
    catalogue.put_report("folder-1", "job-1", "11" * 32)
    catalogue.put_report("folder-1", "job-2", "22" * 32)
    catalogue.put_report("folder-1", "job-1", "33" * 32)
    assert catalogue.listing("folder-1").report_key == "33" * 32, "the last that a job reported"
    catalogue.put_report("folder-1", "job-2", "22" * 32)
    catalogue.put_listing(listing(title="new"), "ef" * 32)
    catalogue.put_listing(listing("folder-2"), KEY)
    entries = {entry.id: entry for entry in catalogue.listings()}
    assert entries["folder-1"].report_key == "22" * 32
    assert (entries["folder-1"].title, entries["folder-1"].key) == ("new", "ef" * 32)
    assert entries["folder-2"].title == "Söller · 방"
    catalogue.delete_listing("folder-1")
    assert [entry.id for entry in catalogue.listings()] == ["folder-2"]


def check_only_one_worker_gets_a_job(store: Store) -> None:
    """Of many workers that claim at once, one wins."""
    job, created = store.catalogue.create_job("demo", {"seed": 1}, "digest", "cpu")
    again, created_again = store.catalogue.create_job("demo", {"seed": 1}, "digest", "cpu")
    assert (created, created_again, again.id) == (True, False, job.id)
    won: list[str] = []

    def claim(worker: str) -> None:
        if store.catalogue.claim_job(job.id, worker) is not None:
            won.append(worker)

    threads = [threading.Thread(target=claim, args=(f"w{index}",)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    running = store.catalogue.job(job.id)
    assert (running.state, running.worker, running.attempts) == (JobState.RUNNING, won[0], 1)
    assert running.options == {"seed": 1}
    store.catalogue.finish_job(job.id, "somebody else", JobState.DONE)
    assert store.catalogue.job(job.id).state is JobState.RUNNING
    store.catalogue.finish_job(job.id, won[0], JobState.DONE)
    assert store.catalogue.job(job.id).fraction == 1.0


def check_stages_keep_their_order(store: Store) -> None:
    """Planned stages show up in the order of the plan, whatever happens to them."""
    catalogue = store.catalogue
    job, _ = catalogue.create_job("x", {}, "d", "cpu")
    catalogue.plan_stages(job.id, [("collect", ""), ("cameras", "Bath"), ("cameras", "Hall")])
    hall = catalogue.start_stage(job.id, "cameras", "Hall", StageState.RUNNING, KEY)
    catalogue.update_stage(hall, state=StageState.DONE, seconds=2.5, message="ok", fraction=1.0)
    catalogue.start_stage(job.id, "collect", "", StageState.CACHED, KEY)
    catalogue.plan_stages(job.id, [("collect", ""), ("report", "")])
    found = [(stage.name, stage.scope, stage.state) for stage in catalogue.stages(job.id)]
    assert found == [
        ("collect", "", StageState.CACHED),
        ("cameras", "Bath", StageState.WAITING),
        ("cameras", "Hall", StageState.DONE),
        ("report", "", StageState.WAITING),
    ]


def check_queue_delivers_each_job_once(store: Store) -> None:
    """Jobs come out in order, once, and the two queues do not mix."""
    cpu, gpu = (JobQueue(store.settings, name, handler=lambda job_id: None) for name in ("cpu", "gpu"))
    for job_id in ("a", "b", "c"):
        cpu.put(job_id)
    gpu.put("g")
    assert (len(cpu), len(gpu)) == (3, 1)
    taken = [cpu.huey.dequeue().args[0] for _ in range(3)]
    assert taken == ["a", "b", "c"]
    assert (len(cpu), len(gpu)) == (0, 1)
    assert gpu.huey.dequeue().args == ("g",)
    cpu.close()
    gpu.close()


ALL = (
    check_listings_and_reports,
    check_only_one_worker_gets_a_job,
    check_stages_keep_their_order,
    check_queue_delivers_each_job_once,
)
