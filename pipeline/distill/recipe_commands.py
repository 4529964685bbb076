"""``prepare``, ``train`` and ``evaluate``: Fast3R into smaller students."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer


@contextmanager
def told() -> Iterator[None]:
    """What cannot be done is said in one sentence, without a traceback."""
    from models.checkpoints import WeightsError
    from pipeline.distill.data.scannetpp import DataError
    from pipeline.distill.training.experiment import ExperimentError
    from scrapers.errors import CollectError

    try:
        yield
    except (ValueError, DataError, ExperimentError, WeightsError, CollectError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


def prepare_data(
    root: Annotated[Path, typer.Argument(help="ScanNet++, with .../dslr/resized_undistorted_images.")],
    out: Annotated[Path, typer.Argument(help="Folder for the shards.")] = Path("data/scannetpp"),
    rooms: Annotated[int, typer.Option(min=0, help="Stop after so many new rooms; 0: all.")] = 0,
) -> None:
    """Make sets of five photos of ScanNet++; a second run goes on where the first one stopped."""
    from pipeline.distill.data.scannetpp import prepare

    with told():
        done = prepare(root, out, most_rooms=rooms, report=typer.echo)
    for problem in done.problems:
        typer.echo(problem, err=True)
    typer.echo(
        f"{done.done} rooms now, {done.before} before, {done.too_few} with too few photos; "
        f"{done.sets} sets in all"
    )


def train_student(
    experiment: Annotated[str, typer.Argument(help="Its name (--list) or a YAML file.")] = "half_head",
    out: Annotated[Path | None, typer.Argument(help="Folder of the training.")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="FIELD=VALUE, such as optimiser.epochs=2; several times.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of the teacher's maps, to share them.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda; several by `accelerate launch -m`.")] = "cpu",
    stop_at: Annotated[int, typer.Option(min=0, help="Stop here with a checkpoint; 0: at the end.")] = 0,
    minutes: Annotated[float, typer.Option(min=0.0, help="Stop after this time; 0: never.")] = 0.0,
    show: Annotated[bool, typer.Option("--list", help="Say which experiments there are.")] = False,
) -> None:
    """Train a student; a second run goes on where the first one stopped, bit for bit on a CPU."""
    from pipeline.distill.training.experiment import known_experiments, load_experiment

    if show:
        for name in known_experiments():
            typer.echo(f"{name}: {load_experiment(name).about}")
        return
    from pipeline.config import Settings
    from pipeline.distill.training.trainer import train

    with told():
        wanted = load_experiment(experiment, _changes(change or []))
        folder = out or Settings().data / "distill" / wanted.name
        train(wanted, folder, cache=cache, device=device, stop_at=stop_at, minutes=minutes)
    typer.echo(f"student: {folder / 'student'}")


def _changes(given: list[str]) -> dict[str, Any]:
    from pipeline.distill.training.experiment import ExperimentError, parsed_value

    changes = {}
    for text in given:
        field, equals, value = text.partition("=")
        if not equals:
            raise ExperimentError(f"{text!r} is no FIELD=VALUE")
        changes[field] = parsed_value(value)
    return changes


def evaluate_student(
    student: Annotated[str, typer.Argument(help="Folder, file or hub id of its weights.")],
    teacher: Annotated[str, typer.Option(help="Whose maps are compared with; the truth if not given.")] = "",
    prepared: Annotated[Path | None, typer.Option(help="Shards of prepare; made rooms if not given.")] = None,
    scenes: Annotated[int, typer.Option(min=1, help="How many.")] = 20,
    size: Annotated[tuple[int, int], typer.Option(help="Width and height of made rooms.")] = (256, 192),
    views: Annotated[list[int] | None, typer.Option(help="Numbers of views whose cost is measured.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    seed: Annotated[int, typer.Option(min=0, help="Of all that is drawn.")] = 0,
    out: Annotated[Path | None, typer.Option(help="JSON file for the figures.")] = None,
) -> None:
    """Measure a student: the original's four figures, geometry, steadiness, cost."""
    from models.fast3r import Fast3R
    from pipeline.distill.data.made import HELD_OUT_SEED, MadeScenes
    from pipeline.distill.data.scannetpp import PreparedScenes
    from pipeline.distill.evaluation.cost import VIEW_COUNTS
    from pipeline.distill.evaluation.report import evaluate

    with told():
        if prepared is None:
            known: MadeScenes | PreparedScenes = MadeScenes(
                scenes, HELD_OUT_SEED, width_px=size[0], height_px=size[1]
            )
        else:
            every = PreparedScenes.open(prepared)
            known = PreparedScenes(prepared, every.index[:scenes])
        figures = evaluate(
            Fast3R.from_pretrained(student, device=device),
            known,
            teacher=Fast3R.from_pretrained(teacher, device=device) if teacher else None,
            counts=tuple(views or VIEW_COUNTS),
            seed=seed,
        )
    text = json.dumps(figures, indent=1)
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    typer.echo(text)
