"""``python -m pipeline check``, ``backup``, ``delete`` and ``clean``: the upkeep of a store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from pipeline.config import Settings

if TYPE_CHECKING:
    from pipeline.store.backup import Say

console = Console()
errors = Console(stderr=True)


@contextmanager
def _bar() -> Iterator[Say]:
    """A bar that is told how far it is."""
    from rich.progress import Progress

    with Progress(console=console, transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda fraction, message: bar.update(task, completed=fraction, description=message)


def check(
    look_only: Annotated[
        bool, typer.Option("--look-only", help="Say what is wrong, put nothing right.")
    ] = False,
    remake: Annotated[
        bool, typer.Option("--remake", help="Queue damaged listings for another analysis.")
    ] = False,
) -> None:
    """Look through the store, every result byte by byte, and put right what can be."""
    from pipeline.store import Store
    from pipeline.store import check as look

    store = Store.open(Settings())
    with _bar() as say:
        found = list(look(store, repair=not look_only, say=say))
    for finding in found:
        console.print(escape(f"{finding.what}  {finding.done}".strip()), highlight=False, soft_wrap=True)
    if remake:
        _remake(store)
    if not found:
        console.print("Everything is as it was written.")
    if any(not finding.done or finding.done.startswith("to do") for finding in found) and not remake:
        raise typer.Exit(1)


def _remake(store: object) -> None:
    from pipeline.jobs import submit_again
    from pipeline.store import Store

    assert isinstance(store, Store)  # noqa: S101 - for the type checker
    for entry in store.catalogue.listings():
        if store.trouble(entry) is not None:
            job = submit_again(store, entry)
            console.print(f"queued: {job.id} ({escape(entry.title)})", soft_wrap=True)


def backup(
    to: Annotated[Path, typer.Argument(metavar="FOLDER", help="A new folder; SHOWROOM_DATA=FOLDER opens it.")],
) -> None:
    """Copy the catalogue, all results, uploads and imported cities; ShowRoom may be running."""
    from pipeline.store import Store, back_up

    with _bar() as say:
        made = back_up(Store.open(Settings()), to, say)
    console.print(f"{made.results} results and the catalogue are in {to}", soft_wrap=True)
    if made.left_out:
        errors.print(f"{len(made.left_out)} damaged results were left out; see: python -m pipeline check")
        raise typer.Exit(1)


def delete(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a listing with all that is known of it: reviews, photos, results, uploads, analyses."""
    from pipeline.store import Store, forget_listing

    store = Store.open(Settings())
    try:
        title = store.catalogue.listing(listing_id).title
    except KeyError as error:
        errors.print(f"[red]{escape(str(error.args[0]))}[/red]", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    if not yes:
        typer.confirm(f"Delete “{title}” and all that is known of it?", abort=True)
    gone = forget_listing(store, listing_id)
    console.print(
        f"“{escape(title)}” is deleted: {gone.results} results, {gone.bytes / 1e6:.1f} MB", soft_wrap=True
    )


def pack(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    to: Annotated[Path | None, typer.Option("--to", help="File to write; default: ID.zip.")] = None,
) -> None:
    """Save a listing (photos, facts, reviews) as one ZIP that `analyse` reads, here or elsewhere."""
    from pipeline.api import pack_stored
    from pipeline.store import Store

    target = to or Path(f"{listing_id}.zip")
    try:
        pack_stored(Store.open(Settings()), listing_id, target)
    except (KeyError, OSError) as error:
        told = str(error.args[0]) if isinstance(error, KeyError) else str(error)
        errors.print(f"[red]{escape(told)}[/red]", highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console.print(f"{target}: {target.stat().st_size / 1e6:.1f} MB", highlight=False, soft_wrap=True)


def clean(
    days: Annotated[float, typer.Option("--days", min=0, help="Keep results younger than this.")] = 7.0,
) -> None:
    """Delete stored results that no newest report needs, and what killed workers left."""
    from pipeline.store import Store, sweep

    settings = Settings()
    freed = Store.open(settings).clean(unused_for_s=days * 86400) + sweep(settings.work_folder)
    console.print(f"{freed / 1e6:.1f} MB freed")
