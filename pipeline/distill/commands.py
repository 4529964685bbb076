"""``python -m pipeline.distill``: made rooms, and what is trained on them."""

import json
import time
from itertools import islice
from pathlib import Path
from typing import Annotated

import typer

from pipeline.distill import recipe_commands, study_commands

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Small models made at home.")
eye_app = typer.Typer(no_args_is_help=True, help="The eye: one photo to sides, depth, normals and lens.")
app.command("prepare")(recipe_commands.prepare_data)
app.command("train")(recipe_commands.train_student)
app.command("evaluate")(recipe_commands.evaluate_student)
app.add_typer(study_commands.app, name="study")
app.add_typer(eye_app, name="eye")

Out = Annotated[Path, typer.Argument(help="Folder for checkpoint, weights, curve and settings.")]


@eye_app.command("train")
def train_eye(
    out: Out,
    steps: Annotated[int, typer.Option(min=1, help="Steps in all.")] = 12000,
    batch_size: Annotated[int, typer.Option(min=1, help="Views per step.")] = 8,
    pixels: Annotated[int, typer.Option(min=1024, help="About the area of a view.")] = 13000,
    learning_rate: Annotated[float, typer.Option(min=0.0, help="Of AdamW, at its height.")] = 1.3e-3,
    fall: Annotated[float, typer.Option(min=0.0, max=1.0, help="Share of the steps in which it falls.")] = 0.5,
    seed: Annotated[int, typer.Option(min=0, help="Of rooms, weights and order.")] = 0,
    start_from: Annotated[Path | None, typer.Option(help="Weights to begin with.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    launched: Annotated[
        bool, typer.Option("--accelerate", help="Run as accelerate launched it: several devices, one training.")
    ] = False,
    precision: Annotated[str, typer.Option(help="bfloat16 or float32.")] = "bfloat16",
    stop_at: Annotated[int, typer.Option(min=0, help="Stop here with a checkpoint; 0: at the end.")] = 0,
) -> None:
    """Train the eye on made rooms; a second run goes on where the first one stopped."""
    from models.checkpoints import WeightsError
    from pipeline.distill.eye.devices import Alone, Launched
    from pipeline.distill.eye.training import EyeTraining, EyeTrainingError, train

    try:
        recipe = EyeTraining(
            steps=steps,
            batch_size=batch_size,
            pixels=pixels,
            learning_rate=learning_rate,
            fall=fall,
            seed=seed,
            precision=precision,
        )
        devices = Launched(cpu=device == "cpu") if launched else Alone(device)
        weights = train(recipe, out, start_from=start_from, devices=devices, stop_at=stop_at)
    except (ValueError, EyeTrainingError, WeightsError, ImportError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(f"weights: {weights}")


@app.command("rooms")
def show_rooms(
    out: Annotated[Path, typer.Argument(help="PNG to write: photos beside their sides.")],
    seed: Annotated[int, typer.Option(min=0, help="Of the first room.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=60, help="Rooms to draw.")] = 12,
    width: Annotated[int, typer.Option(min=32, help="Pixels.")] = 256,
    height: Annotated[int, typer.Option(min=32, help="Pixels.")] = 192,
) -> None:
    """Draw made rooms as a sheet, and say how fast that goes."""
    import cv2
    import numpy as np

    from pipeline.distill.rooms import random_room
    from pipeline.distill.rooms.view import side_picture

    next(random_room(seed).views(1, width, height))  # compiles
    began, rows = time.process_time(), []
    for number in range(seed, seed + count):
        room = random_room(number)
        views = [room.view(camera) for camera in islice(room.cameras(width, height), 2)]
        rows.append(
            np.concatenate([part for view in views for part in (view.rgb, side_picture(view.side))], axis=1)
        )
    seconds = time.process_time() - began
    if not cv2.imwrite(str(out), np.concatenate(rows)[..., ::-1]):
        typer.echo(f"{out} cannot be written", err=True)
        raise typer.Exit(1)
    typer.echo(json.dumps({"views": 2 * count, "views_per_cpu_second": round(2 * count / seconds, 1)}))
