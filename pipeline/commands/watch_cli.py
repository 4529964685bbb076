"""``python -m pipeline refresh`` and ``history``: a listing again, and what changed since."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.config import Settings

if TYPE_CHECKING:
    from pipeline.store import Reading, Store
    from scrapers.intake.changes import Change

console = Console()
errors = Console(stderr=True)
_MOST_SHOWN = 60


def refresh(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
) -> None:
    """Read a listing again from where it came, analyse it as before, and say what changed.

    A listing of Airbnb is asked for again once a day at most, like a person would.
    """
    from pipeline.jobs import run_in_foreground
    from pipeline.options import AnalysisOptions
    from pipeline.store import LONG_S, JobState, Patience, Store, history
    from scrapers.errors import CollectError

    store = Store.open(Settings(), Patience(LONG_S))
    try:
        listing, _ = store.listing(listing_id)
        report = store.report(listing_id)
    except KeyError as error:
        _fail(str(error.args[0]))
    options = AnalysisOptions() if report is None else AnalysisOptions.model_validate(report.options)
    try:
        _ask_again(listing.source, listing.origin, store)
    except CollectError as error:
        _fail(error.message, error.advice)
    known = len(history(store.settings.data, listing_id))
    job = run_in_foreground(store, listing.origin, options, console)
    if job.state is not JobState.DONE:
        _fail(f"{listing.origin}: {job.error or job.state}", job.advice or "")
    _print(history(store.settings.data, listing_id)[known:])


def show_history(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
) -> None:
    """Print what changed in a listing each time it was read again."""
    from pipeline.store import Store, history

    store = Store.open(Settings())
    try:
        store.catalogue.listing(listing_id)
    except KeyError as error:
        _fail(str(error.args[0]))
    _print(history(store.settings.data, listing_id))


def _ask_again(kind: str, origin: str, store: Store) -> None:
    from scrapers.airbnb.source import AirbnbSource

    if kind == AirbnbSource.name:
        AirbnbSource(origin, cache=store.settings.data / "cache").refresh()


def _print(readings: tuple[Reading, ...]) -> None:
    if not readings:
        console.print("nothing changed since it was read the first time")
    for reading in readings:
        console.print(f"[bold]{reading.at:%Y-%m-%d %H:%M}[/bold]")
        for change in reading.changes:
            name = change.field.replace("_", " ")
            line = f"  {escape(name)}: {escape(_words(change))}"
            console.print(line, highlight=False, soft_wrap=True)


def _words(change: Change) -> str:
    if change.count is not None:
        return f"{change.count} {change.kind}"
    if change.kind == "gone":
        return f"{_short(change.before)} is gone"
    now = _short(change.after)
    return now if change.before is None else f"{_short(change.before)} -> {now}"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"


def _fail(message: str, advice: str = "") -> None:
    errors.print(f"[red]{escape(message)}[/red] {escape(advice)}".strip(), highlight=False, soft_wrap=True)
    raise typer.Exit(1)
