"""Analyses that take no time, for tests of jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.recipe.stages import Planned, StageRunner, Stored
from pipeline.report import ListingReport, RoomReport
from scrapers.listing import Listing

Analysis = Callable[..., tuple[str, Stored[ListingReport]]]
Hook = Callable[[Progress], None]
WAITING = RoomReport(room_id="kitchen", name="Kitchen", status="waiting")


def analysis_of_two_stages(hook: Hook, version: int = 1) -> Analysis:
    """An analysis of two stages; ``hook`` runs in the second."""

    def analyse(
        origin: str, options: AnalysisOptions, runner: StageRunner, on_listing: Any, on_report: Any
    ) -> Any:
        runner.plan([Planned("collect", "", 1.0), Planned("report", "", 3.0)])
        listing = Listing(id="some-place", source="folder", origin=origin, title="Some place")
        collected = runner.run("collect", Listing, lambda folder, progress: listing, inputs={"from": origin})
        runner.store.catalogue.put_listing(listing, collected.key)
        on_listing(listing.id)
        report = ListingReport(listing_id=listing.id, listing_key=collected.key, options={}, seed=0)
        unfinished = report.model_copy(update={"rooms": (WAITING,)})
        on_report(runner.keep("report", unfinished, inputs={"report": unfinished}))

        def work(folder: Path, progress: Progress) -> ListingReport:
            hook(progress)
            return report

        return listing.id, runner.run(
            "report", ListingReport, work, inputs={"listing": collected.key}, version=version
        )

    return analyse
