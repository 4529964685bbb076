"""``study``: questions asked of data and recipes, each with a small report."""

import json
from pathlib import Path
from typing import Annotated

import typer

from pipeline.distill.recipe_commands import told

app = typer.Typer(
    no_args_is_help=True, help="Studies, each with a small report: data, recipes, surfaces, reviews."
)

Out = Annotated[Path, typer.Argument(help="Folder for the report.")]


@app.command("overlap")
def study_overlap(
    out: Out,
    scannetpp: Annotated[Path | None, typer.Option(help="Rooms of ScanNet++.")] = None,
    made: Annotated[int, typer.Option(min=0, help="Made rooms, with true co-visibility.")] = 3,
    photos: Annotated[int, typer.Option(min=5, help="Of each made room.")] = 60,
    sets: Annotated[int, typer.Option(min=1, help="Random sets of each strategy and room.")] = 10,
    seed: Annotated[int, typer.Option(min=0, help="Of the sets.")] = 0,
) -> None:
    """Which photos should stand in a set: similarity, diversity, co-visibility of six strategies."""
    from pipeline.distill.studies.overlap import overlap_study

    with told():
        page = overlap_study(
            out, scannetpp=scannetpp, made=made, photos=photos, sets=sets, seed=seed, report=typer.echo
        )
    typer.echo(page.read_text(encoding="utf-8"))


@app.command("controls")
def study_controls(
    out: Out,
    teacher_rooms: Annotated[int, typer.Option(min=4, help="That the teacher sees.")] = 500,
    teacher_epochs: Annotated[int, typer.Option(min=1, help="Of the teacher.")] = 4,
    student_rooms: Annotated[int, typer.Option(min=4, help="That every student sees.")] = 120,
    student_epochs: Annotated[int, typer.Option(min=1, help="Of every student.")] = 2,
    held_out: Annotated[int, typer.Option(min=1, help="Rooms to measure with.")] = 24,
    seeds: Annotated[int, typer.Option(min=1, help="Of every student.")] = 3,
) -> None:
    """Students, teacher and what needs neither, small, on the same rooms; resumable."""
    from pipeline.distill.studies.controls import Plan, controls

    with told():
        plan = Plan(teacher_rooms, teacher_epochs, student_rooms, student_epochs, held_out, seeds)
        page = controls(out, plan, report=typer.echo)
    typer.echo(page.read_text(encoding="utf-8"))


@app.command("surface")
def study_surface(
    out: Out,
    points: Annotated[list[int] | None, typer.Option(min=100, help="Points; several times.")] = None,
    depth: Annotated[list[int] | None, typer.Option(min=2, max=14, help="Depths; several times.")] = None,
    room: Annotated[int, typer.Option(min=0, help="Number of the made room.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of points and noise.")] = 0,
) -> None:
    """Poisson surfaces of a made room: points by depth, time, vertices, F-score."""
    from pipeline.distill.studies.surface import DEPTHS, POINTS, surface_study

    with told():
        page = surface_study(
            out, points=points or POINTS, depths=depth or DEPTHS, room=room, seed=seed, report=typer.echo
        )
    typer.echo(page.read_text(encoding="utf-8"))


@app.command("reviews")
def study_reviews(
    out: Out,
    files: Annotated[list[Path], typer.Argument(help="CSV, TSV, JSON or JSON lines, plain or gzipped.")],
    most: Annotated[int, typer.Option(min=0, help="Rows of each file; 0: all.")] = 0,
) -> None:
    """What is in files of reviews: stars, lengths, languages, countries, copies; nothing on persons."""
    from pipeline.distill.studies.reviews import review_study

    with told():
        page = review_study(out, files, most=most)
    typer.echo(page.read_text(encoding="utf-8"))


@app.command("speed")
def study_speed(
    rooms: Annotated[int, typer.Option(min=1, help="To draw.")] = 20,
    workers: Annotated[int, typer.Option(min=0, help="Processes that draw; 0: this one.")] = 0,
    width: Annotated[int, typer.Option(min=32, help="Pixels, a multiple of 16.")] = 256,
    height: Annotated[int, typer.Option(min=32, help="Pixels, a multiple of 16.")] = 192,
) -> None:
    """How many made rooms of five views are drawn a second."""
    from pipeline.distill.data.made import MadeScenes, rooms_per_second

    with told():
        found = rooms_per_second(MadeScenes(rooms + workers, width_px=width, height_px=height), workers)
    typer.echo(json.dumps({name: round(value, 2) for name, value in found.items()}))
