"""``python -m pipeline city`` and ``city-show``: read a whole city's reviews, and ask by place and month."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from pipeline import machine
from pipeline.config import Settings

if TYPE_CHECKING:
    import pandas as pd

    from pipeline.reviews.city import CityResults

console = Console()
errors = Console(stderr=True)

_MONTH = re.compile(r"\d{4}-\d{2}")


def _fail(message: str, advice: str = "") -> NoReturn:
    errors.print(f"[red]{message}[/red] {advice}".strip(), highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def _folder(name_or_folder: str) -> Path:
    """A folder as it is given, else the imported city of that name."""
    from pipeline.recipe import CITIES_FOLDER

    given = Path(name_or_folder)
    return given if given.is_dir() else Settings().data / CITIES_FOLDER / name_or_folder


def city(
    reviews: Annotated[Path, typer.Argument(metavar="REVIEWS", help="Inside Airbnb's reviews.csv.gz.")],
    name: Annotated[
        str | None, typer.Option("--name", help="Import it under this name: listings are compared with it.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="Folder for the Parquet files instead; run again to continue.")
    ] = None,
    listings: Annotated[
        Path | None, typer.Option("--listings", help="listings.csv.gz, for the neighbourhoods.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option("--ray", help="Address of a Ray cluster to read on; `local` starts one.")
    ] = None,
) -> None:
    """Read the reviews of a whole city in bounded memory."""
    from rich.progress import Progress as Bar

    from pipeline.errors import Impossible
    from pipeline.progress import Progress
    from pipeline.reviews.city import CitySettings, analyse_city
    from scrapers.errors import CollectError

    if (name is None) == (to is None):
        _fail("Say where the results go:", "--name NAME to import the city, or --to FOLDER.")
    folder = to if to is not None else _folder(str(name))
    installation = Settings()
    machine.use(installation.threads, installation.device)
    settings = CitySettings() if ray is None else CitySettings(machines="ray", ray_address=ray)
    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def show_progress(fraction: float, message: str) -> None:
            bar.update(task, completed=fraction, description=message[:60])

        try:
            results = analyse_city(reviews, listings, folder, settings, Progress(show_progress))
        except (CollectError, Impossible) as error:
            _fail(error.message, error.advice)
        except ValueError as error:
            _fail(str(error))
    console.print(f"{len(results.neighbourhoods())} neighbourhoods in {folder}")


def city_show(
    name: Annotated[str, typer.Argument(metavar="CITY", help="Name of an imported city, or its folder.")],
    what: Annotated[
        Literal["aspects", "topics", "months", "sentences", "places"],
        typer.Option("--what", help="What to show."),
    ] = "aspects",
    neighbourhood: Annotated[str | None, typer.Option("--neighbourhood", help="Only this one.")] = None,
    first: Annotated[str, typer.Option("--from", help="First month, for example 2023-01.")] = "",
    last: Annotated[str, typer.Option("--until", help="Last month.")] = "",
    aspect: Annotated[
        str | None, typer.Option("--aspect", help="For --what months and sentences: only this one.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="Most rows.")] = 20,
) -> None:
    """Show what guests of a city say, by neighbourhood and month."""
    from pipeline.reviews.city import CityResults

    for month in (first, last):
        if month and not _MONTH.fullmatch(month):
            _fail(f"{month!r} is no month.", "Write it like 2023-01.")
    try:
        results = CityResults(_folder(name))
    except FileNotFoundError as error:
        _fail(str(error), "Read one with: python -m pipeline city REVIEWS --name NAME")
    if neighbourhood is not None and neighbourhood not in results.neighbourhoods():
        _fail(f"There is no neighbourhood {neighbourhood!r}.", "--what places lists them.")
    months = (first, last or "9999-99")
    if what == "places":
        console.print("\n".join(results.neighbourhoods()), highlight=False, markup=False)
        return
    _print(_asked(results, what, neighbourhood, months, aspect, limit).head(limit))


def _asked(
    results: CityResults,
    what: str,
    neighbourhood: str | None,
    months: tuple[str, str],
    aspect: str | None,
    limit: int,
) -> pd.DataFrame:
    if what == "aspects":
        columns = ["aspect", "reviews", "sentences", "pos", "neg", "mixed", "score", "low", "high"]
        return results.aspects(neighbourhood, *months)[columns].replace({"aspect": {"": "(everything)"}})
    if what == "topics":
        return results.topics(neighbourhood, *months)[["label", "reviews", "sentences", "pos", "neg"]]
    if what == "months":
        found = results.aspect_by_month(aspect or "", neighbourhood)
        return found[found["month"].between(*months)][["month", "reviews", "pos", "neg", "score"]]
    rows = results.sentences(neighbourhood, *months, aspect=aspect, limit=limit)
    said = [
        ", ".join(f"{name} {feeling}" for name, feeling in json.loads(own).items()) for own in rows["aspects"]
    ]
    return rows[["month", "neighbourhood", "language", "text"]].assign(aspects=said)


def _print(frame: pd.DataFrame) -> None:
    table = Table(*map(str, frame.columns), box=None, header_style="bold")
    for row in _rows(frame):
        table.add_row(*row)
    console.print(table if len(frame) else "Nobody says anything of the kind.")


def _rows(frame: pd.DataFrame) -> Iterator[list[str]]:
    from rich.markup import escape

    for row in frame.itertuples(index=False):
        cells = [f"{cell:.2f}" if isinstance(cell, float) else str(cell) for cell in row]
        yield [escape(cell) if cell not in ("", "nan", "None") else "–" for cell in cells]
