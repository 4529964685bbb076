"""``python -m pipeline weights``: list, fetch, verify and convert the optional weights."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from models.weights import Weights

app = typer.Typer(
    no_args_is_help=True, help="Optional weights: what they add, where they go, fetch and verify."
)
console = Console()
errors = Console(stderr=True)

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As `weights list` prints it.")]


def _fail(message: str) -> NoReturn:
    errors.print(f"[red]{message}[/red]", highlight=False, soft_wrap=True)
    raise typer.Exit(1)


def _named(name: str) -> Weights:
    from models.weights import weights_named

    try:
        return weights_named(name)
    except KeyError as error:
        _fail(str(error.args[0]))


@app.command("list")
def list_weights() -> None:
    """List every set of weights: whether it is there, its purpose, size, licence and place."""
    from models.weights import WEIGHTS

    table = Table("", box=None, header_style="bold")
    table.add_column("name", no_wrap=True)
    for heading in ("what it adds", "size", "licence", "place"):
        table.add_column(heading)
    for weights in WEIGHTS:
        size = "" if weights.size_bytes is None else f"{weights.size_bytes / 1e6:,.0f} MB"
        mark = "[green]✓[/green]" if weights.present() else "–"
        table.add_row(mark, weights.key, weights.adds, size, weights.licence, str(weights.place()))
    console.print(table)
    for weights in WEIGHTS:
        if not weights.present():
            console.print(f"{weights.key}: {weights.how}", highlight=False, soft_wrap=True)


@app.command()
def fetch(
    name: NameArgument,
    accept_licence: Annotated[bool, typer.Option("--accept-licence", help="Agree to its restriction.")] = False,
) -> None:
    """Fetch weights into their place; a second call continues where the first one stopped."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    from models.checkpoints import WeightsError
    from models.weights_fetch import fetch as fetch_weights

    weights = _named(name)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    try:
        with Progress(*columns, console=console) as bar:
            task = bar.add_task(weights.name, total=weights.size_bytes)
            paths = fetch_weights(
                weights,
                lambda done, total, file: bar.update(task, completed=done, total=total, description=file),
                accept_licence=accept_licence,
            )
    except WeightsError as error:
        _fail(str(error))
    console.print(f"{weights.name}: {len(paths)} files in {weights.place()}", highlight=False, soft_wrap=True)


@app.command()
def verify(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Default: all that are there.")] = None,
) -> None:
    """Check that weights are whole and fit their model; nothing in a file is executed."""
    from models.checkpoints import WeightsError
    from models.weights import WEIGHTS
    from models.weights_verify import verify as verify_weights

    chosen = [_named(name)] if name is not None else [weights for weights in WEIGHTS if weights.present()]
    failed = False
    for weights in chosen:
        try:
            findings = verify_weights(weights)
        except WeightsError as error:
            failed = True
            errors.print(f"[red]{weights.key}: {error}[/red]", highlight=False, soft_wrap=True)
            continue
        console.print(f"{weights.key}: {'; '.join(findings)}", highlight=False, soft_wrap=True)
    if failed:
        raise typer.Exit(1)


@app.command()
def convert(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="ST-RoomNet weights: .h5, .pt or .safetensors.")
    ],
    to: Annotated[
        Path | None, typer.Option("--to", help="File to write; default: the place of ST-RoomNet.")
    ] = None,
) -> None:
    """Convert ST-RoomNet weights (the published Keras .h5) to safetensors."""
    from models.checkpoints import WeightsError
    from models.st_roomnet import STRoomNet
    from models.weights import weights_folder

    target = to or weights_folder() / "st_roomnet.safetensors"
    try:
        model = STRoomNet.from_pretrained(source)
    except WeightsError as error:
        _fail(str(error))
    target.parent.mkdir(parents=True, exist_ok=True)
    model.save(target)
    console.print(f"{target}: {target.stat().st_size / 1e6:.0f} MB", highlight=False, soft_wrap=True)


@app.command("train-layout")
def train_layout(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="images/ and layouts/ (class maps 1 to 5).")],
    to: Annotated[Path, typer.Option("--to", help="Folder for checkpoints; a second run continues there.")],
    epochs: Annotated[int, typer.Option("--epochs", min=1, help="Passes over the images.")] = 150,
    batch_size: Annotated[int, typer.Option("--batch-size", min=1, help="Images per step.")] = 48,
    start: Annotated[Path | None, typer.Option("--start", help="Weights to start from.")] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Seed of order and flips.")] = 0,
) -> None:
    """Train ST-RoomNet by the paper's recipe on your own photos and class maps."""
    from models.checkpoints import WeightsError
    from pipeline.progress import Progress
    from pipeline.training import LayoutDataError, LayoutTrainingConfig, train

    config = LayoutTrainingConfig(epochs=epochs, batch_size=batch_size, seed=seed)
    try:
        result = train(
            folder, to, config, start, Progress(lambda _, message: console.print(message, highlight=False))
        )
    except (LayoutDataError, WeightsError) as error:
        _fail(str(error))
    console.print(f"pixel error {100 * result.pixel_error:.2f} % after {result.step} steps: {result.weights}")
