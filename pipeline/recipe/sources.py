"""From what the user gave to the source that reads it: the demo, or one of :mod:`scrapers.sources`."""

from __future__ import annotations

from pathlib import Path

from pipeline.options import AnalysisOptions
from scrapers.source import Source

DEMO_ORIGIN = "demo"


def open_source(origin: str, options: AnalysisOptions, cache: Path) -> Source:
    """The source of ``origin``: the word ``demo``, a path, or an address.

    Args:
        origin: what the user gave.
        options: the user's choices.
        cache: folder for what is collected from the network.

    Raises:
        CollectError: nothing is there, or nothing here can read it.
    """
    if origin == DEMO_ORIGIN:
        from pipeline.demo.source import DemoSource

        return DemoSource()
    from scrapers.intake.regroup import RegroupedSource
    from scrapers.sources import resolve

    source = resolve(
        origin,
        reviews=options.reviews_file,
        listing=options.listing,
        title=options.title,
        cache=cache,
        visible=options.visible,
    )
    return source if options.rooms_file is None else RegroupedSource(source, Path(options.rooms_file))
