"""``python -m pipeline export``: what was made of a listing, or its tables, into a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer
from rich.console import Console

from pipeline.config import Settings

console = Console()
errors = Console(stderr=True)
KINDS = ("csv", "parquet")


def _fail(message: str) -> NoReturn:
    errors.print(f"[red]{message}[/red]", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def export(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder to write; default: exports/ID.")] = None,
    tables: Annotated[
        str | None, typer.Option("--tables", help="Only every table, as csv or parquet.", metavar="KIND")
    ] = None,
) -> None:
    """Copy a listing's meshes, point clouds, cameras and reports, or its tables, into a folder."""
    from pipeline.api import listing_tables, write_tables
    from pipeline.commands.export import export_listing
    from pipeline.store import Store

    target = to or Path("exports") / listing_id
    if tables is not None and tables not in KINDS:
        _fail(f"{tables!r} is no kind of table; give csv or parquet.")
    store = Store.open(Settings())
    try:
        if tables is None:
            files = export_listing(store, listing_id, target)
        else:
            kind: Literal["csv", "parquet"] = "csv" if tables == "csv" else "parquet"
            files = write_tables(listing_tables(store, listing_id), target, kind)
    except KeyError as error:
        _fail(str(error.args[0]))
    except FileExistsError as error:
        _fail(str(error))
    console.print(f"{len(files)} files in {target}")
