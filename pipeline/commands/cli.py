"""The command line: ``python -m pipeline --help``."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from pipeline.commands.agents_cli import mcp
from pipeline.commands.city_cli import city, city_show
from pipeline.commands.export_cli import export
from pipeline.commands.store_cli import backup, check, clean, delete, pack
from pipeline.commands.watch_cli import refresh, show_history
from pipeline.commands.weights_cli import app as weights_app
from pipeline.config import Settings
from pipeline.errors import InstallationError, Unreachable
from pipeline.options import InpainterName, LayoutName, ViewRule
from pipeline.rooms import backends

if TYPE_CHECKING:
    from pipeline.options import AnalysisOptions
    from pipeline.store import Store


class _OneLine(TyperGroup):
    """Says what is wrong with an installation in one line, whichever command meets it."""

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]
        """Run the command; exit codes are those of sysexits.h."""
        try:
            return super().invoke(ctx)
        except InstallationError as error:
            errors.print(
                f"[red]{escape(error.message)}[/red] {escape(error.advice)}", highlight=False, soft_wrap=True
            )
            raise typer.Exit(
                TRY_AGAIN_EXIT if isinstance(error, Unreachable) else WRONG_SETTINGS_EXIT
            ) from error


app = typer.Typer(
    cls=_OneLine,
    no_args_is_help=True,
    add_completion=False,
    help="From a listing's photos and reviews to a 3D room and a review report.",
)
app.add_typer(weights_app, name="weights")
#: sysexits.h: EX_TEMPFAIL and EX_CONFIG
TRY_AGAIN_EXIT, WRONG_SETTINGS_EXIT = 75, 78
console = Console()
errors = Console(stderr=True)


_BACKENDS = ", ".join(backends.names())


def _known_backend(name: str) -> str:
    try:
        return backends.check_name(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _fail(message: str, advice: str = "") -> NoReturn:
    errors.print(f"[red]{message}[/red] {advice}".strip(), highlight=False, soft_wrap=True)
    raise typer.Exit(1)


@app.callback()
def main(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")] = False,
) -> None:
    """Set up logging for every command."""
    level = logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("alembic", "huey", "httpx", "urllib3", "PIL", "matplotlib", "numba", "sentence_transformers"):
        logging.getLogger(name).setLevel(logging.ERROR if quiet else logging.WARNING)


@app.command()
def analyse(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Photo folders, files, addresses.")],
    reviews: Annotated[
        Path | None, typer.Option("--reviews", help="Reviews (CSV, JSON, Inside Airbnb) beside a photo folder.")
    ] = None,
    review_settings: Annotated[
        Path | None, typer.Option("--review-settings", help="JSON: aspects to look for, sentence model.")
    ] = None,
    listing: Annotated[
        str | None, typer.Option("--listing", help="Listing id or URL to take out of an Inside Airbnb file.")
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Title to show.")] = None,
    backend: Annotated[
        str, typer.Option("--backend", callback=_known_backend, help=f"Who makes rooms: {_BACKENDS}.")
    ] = backends.AUTO,
    new_views: Annotated[
        int, typer.Option("--new-views", min=0, max=24, help="Most views to generate per room; 0: none.")
    ] = 5,
    view_rule: Annotated[
        ViewRule,
        typer.Option("--view-rule", help="Choose new views by unseen area, or by the original's rule."),
    ] = "gain",
    layout: Annotated[
        LayoutName, typer.Option("--layout", help="What tells floor, ceiling and walls.")
    ] = "auto",
    depth_prior: Annotated[
        str | None,
        typer.Option(
            "--depth-prior",
            metavar="MODEL",
            help="Depth model: eye, a key of the weights, folder or owner/name.",
        ),
    ] = None,
    inpainter: Annotated[InpainterName, typer.Option("--inpainter", help="What fills new views.")] = "auto",
    inpainting_steps: Annotated[int, typer.Option(min=1, max=500, help="Steps of the diffusion model.")] = 50,
    inpainting_guidance: Annotated[float, typer.Option(min=0, max=50, help="How closely it follows.")] = 8.5,
    inpainting_prompt: Annotated[str | None, typer.Option(help="What its pictures shall show.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of everything random.")] = 0,
    no_rooms: Annotated[bool, typer.Option("--no-rooms", help="Leave the rooms out.")] = False,
    no_reviews: Annotated[bool, typer.Option("--no-reviews", help="Leave the reviews out.")] = False,
    visible: Annotated[
        bool, typer.Option("--visible", help="Show the browser that collects an Airbnb listing.")
    ] = False,
    queue: Annotated[bool, typer.Option("--queue", help="Hand it to a worker and return at once.")] = False,
) -> None:
    """Analyse one or more listings and store their reports."""
    from pipeline.options import AnalysisOptions

    options = AnalysisOptions(
        rooms=not no_rooms,
        reviews=not no_reviews,
        backend=backend,
        new_views=new_views,
        view_rule=view_rule,
        layout=layout,
        depth_prior=_usable_depth_prior(depth_prior),
        inpainter=inpainter,
        inpainting_steps=inpainting_steps,
        inpainting_guidance=inpainting_guidance,
        inpainting_prompt=inpainting_prompt,
        seed=seed,
        reviews_file=str(reviews.resolve()) if reviews else None,
        review_settings=_checked(review_settings),
        listing=listing,
        title=title,
        visible=visible,
    )
    if not _analyse_all(sources, options, queue=queue):
        raise typer.Exit(1)


def _analyse_all(sources: list[str], options: AnalysisOptions, *, queue: bool) -> bool:
    """Analyse or queue every source; whether all went well."""
    from pipeline.jobs import run_in_foreground, submit
    from pipeline.store import LONG_S, JobState, Patience, Store
    from scrapers.airbnb.fetch import NOTICE

    store = Store.open(Settings(), None if queue else Patience(LONG_S))
    failed = 0
    for origin in sources:
        if "://" in origin:
            console.print(f"[dim]{NOTICE}[/dim]", soft_wrap=True)
        if queue:
            job, created = submit(store, _absolute(origin), options)
            waits = job.message if "cannot be reached" in job.message else ""
            console.print(
                f"{'queued' if created else 'already active'}: {job.id} {waits}".strip(), soft_wrap=True
            )
            continue
        job = run_in_foreground(store, _absolute(origin), options, console)
        if job.state is JobState.DONE:
            _print_report(store, job.listing_id or "")
        else:
            failed += 1
            errors.print(f"[red]{origin}: {job.error or job.state}[/red] {job.advice or ''}", soft_wrap=True)
    return not failed


def _usable_depth_prior(name: str | None) -> str | None:
    """A depth model that can be used here; a folder by its absolute path."""
    if name is None:
        return None
    from models.checkpoints import WeightsError
    from pipeline.rooms.prior import depth_prior

    name = _absolute(name) if Path(name).expanduser().is_dir() else name
    try:
        depth_prior(name)
    except WeightsError as error:
        _fail(error.message, error.advice)
    return name


def _checked(review_settings: Path | None) -> str | None:
    """The absolute path of a settings file that can be read."""
    if review_settings is None:
        return None
    from pipeline.reviews.settings import read_settings

    try:
        read_settings(review_settings)
    except ValueError as error:
        _fail(str(error))
    return str(review_settings.resolve())


def _absolute(origin: str) -> str:
    """Paths are made absolute, so that a worker started elsewhere finds them; the rest stays."""
    path, hash_mark, fragment = origin.partition("#")
    if "://" not in origin and Path(path).exists():
        return f"{Path(path).resolve()}{hash_mark}{fragment}"
    return origin


@app.command()
def demo() -> None:
    """Analyse the bundled demo listing (synthetic: invented rooms and reviews)."""
    from pipeline.recipe import DEMO_ORIGIN

    analyse([DEMO_ORIGIN])


@app.command()
def worker(
    queue: Annotated[str, typer.Option("--queue", help="cpu or gpu.")] = "cpu",
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, help="Jobs at once.")] = 1,
) -> None:
    """Take jobs from the queue until Ctrl-C."""
    from pipeline.jobs import serve

    serve(Settings(), queue, concurrency)
    raise typer.Exit(0)


@app.command("list")
def list_listings() -> None:
    """List the stored listings."""
    from pipeline.store import Store

    table = Table("id", "title", "photos", "reviews", "report", box=None, header_style="bold")
    store = Store.open(Settings())
    entries = store.catalogue.listings()
    for entry in entries:
        title = f"{entry.title} (synthetic)" if entry.synthetic else entry.title
        table.add_row(entry.id, title, str(entry.photos), str(entry.reviews), _report_word(store, entry.id))
    if entries:
        console.print(table)
    else:
        console.print("Nothing is stored yet. Try: python -m pipeline demo")


def _report_word(store: Store, listing_id: str) -> str:
    try:
        report = store.report(listing_id)
    except KeyError:
        return "gone"
    if report is None:
        return "not yet"
    return "unfinished" if report.unfinished else "yes"


@app.command()
def show(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in the form of docs/show_json.md.")] = False,
) -> None:
    """Show the newest report of a listing."""
    from pipeline.store import Store

    store = Store.open(Settings())
    try:
        if as_json:
            from pipeline.api import shown_listing

            typer.echo(shown_listing(store, listing_id).model_dump_json(indent=1))
        else:
            _print_report(store, listing_id)
    except KeyError as error:
        _fail(str(error.args[0]))


@app.command()
def ask(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    question: Annotated[str, typer.Argument(metavar="QUESTION", help="A question or a word, in any language.")],
    sentences: Annotated[int, typer.Option("--sentences", min=1, max=50, help="Most sentences to show.")] = 5,
) -> None:
    """Ask the reviews: who speaks of it, for and against, in the guests' own sentences."""
    from pipeline.commands.answers import answer_lines
    from pipeline.recipe import index_reviews
    from pipeline.store import Store

    try:
        answer = index_reviews(Store.open(Settings()), listing_id).ask(question, sentences)
    except KeyError as error:
        _fail(str(error.args[0]))
    except ValueError as error:
        _fail(str(error))
    for line in answer_lines(answer):
        console.print(line, highlight=False, soft_wrap=True)


app.command()(export)


@app.command()
def plan(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    room: Annotated[str | None, typer.Option("--room", help="Id of one room; default: all of them.")] = None,
    to: Annotated[Path | None, typer.Option("--to", help="Folder to write; default: plans/ID.")] = None,
) -> None:
    """Draw the plans of a listing's rooms, with lengths, as SVG, DXF and PNG."""
    from pipeline.commands.plans import draw_plans
    from pipeline.store import Store

    try:
        files, without = draw_plans(Store.open(Settings()), listing_id, room, to or Path("plans") / listing_id)
    except KeyError as error:
        _fail(str(error.args[0]))
    for line in (*(str(file) for file in files), *without):
        console.print(line, highlight=False, soft_wrap=True, markup=False)
    if not files:
        raise typer.Exit(1)


@app.command()
def measured(
    listing_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    room: Annotated[str, typer.Argument(metavar="ROOM", help="Id of the room, as `show ID --json` has it.")],
    length: Annotated[float | None, typer.Option("--length", help="Its longer side, metres.")] = None,
    width: Annotated[float | None, typer.Option("--width", help="Its shorter side, metres.")] = None,
    height: Annotated[float | None, typer.Option("--height", help="Floor to ceiling, metres.")] = None,
    forget: Annotated[bool, typer.Option("--forget", help="Forget what was typed before.")] = False,
) -> None:
    """Type a length that you measured: the rooms of the listing are rescaled at once."""
    from pipeline.commands.plans import type_lengths
    from pipeline.store import Store

    given = {"length": length, "width": width, "height": height}
    lengths = {of: metres for of, metres in given.items() if metres is not None}
    if not lengths and not forget:
        _fail("Give at least one of --length, --width and --height, in metres, or --forget.")
    try:
        line = type_lengths(Store.open(Settings()), listing_id, room, lengths, forget=forget)
    except KeyError as error:
        _fail(str(error.args[0]))
    except ValueError as error:
        _fail(str(error))
    console.print(line, highlight=False, soft_wrap=True, markup=False)


app.command()(city)
app.command("city-show")(city_show)


@app.command()
def doctor() -> None:
    """Tell what is installed, and what each missing thing would add."""
    from pipeline.doctor import checks

    table = Table("", "what", "found", "what it adds", "how to get it", box=None, header_style="bold")
    found = checks(Settings())
    for line in found:
        mark = "[green]✓[/green]" if line.ok else ("[red]✗[/red]" if line.needed else "[yellow]–[/yellow]")
        table.add_row(mark, line.name, line.detail, line.adds, "" if line.ok else line.how)
    console.print(table)
    if any(line.needed and not line.ok for line in found):
        _fail("Something that ShowRoom needs is missing.", "Run: pip install -r requirements.txt")


app.command()(clean)
app.command()(check)
app.command()(backup)
app.command()(delete)
app.command()(pack)
app.command()(refresh)
app.command("history")(show_history)
app.command()(mcp)


def _print_report(store: Store, listing_id: str) -> None:
    from pipeline.commands.show import report_lines

    for line in report_lines(store, listing_id):
        console.print(line, highlight=False, soft_wrap=True)
