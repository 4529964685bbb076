"""``python -m pipeline.distill`` says what it can do, draws rooms, refuses nonsense."""

import json
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from pipeline.distill.commands import app


def test_help_lists_the_commands() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "eye" in shown
    assert "rooms" in shown
    for command in ("prepare", "train", "evaluate", "study"):
        assert f" {command} " in shown
    assert "train" in CliRunner().invoke(app, ["eye", "--help"]).output


def test_rooms_are_drawn_as_a_sheet(tmp_path: Path) -> None:
    out = tmp_path / "sheet.png"
    done = CliRunner().invoke(app, ["rooms", str(out), "--count", "2", "--width", "64", "--height", "48"])
    assert done.exit_code == 0, done.output
    assert Image.open(out).size == (4 * 64, 2 * 48)
    assert json.loads(done.output)["views"] == 4


def test_training_with_impossible_settings_says_why(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["eye", "train", str(tmp_path), "--precision", "float8"])
    assert done.exit_code == 1
    assert "bfloat16" in done.output


def test_experiments_are_listed() -> None:
    shown = CliRunner().invoke(app, ["train", "--list"]).output
    assert "half_head: " in shown
    assert "test4: " in shown


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["prepare", "nowhere"], "resized_undistorted_images"),
        (["train", "half_foot"], "known are compact"),
        (["train", "tiny", "--set", "epochs"], "no FIELD=VALUE"),
        (["train", "tiny", "--set", "optimiser.epochs=none"], "epochs"),
        (["evaluate", "nowhere"], "nowhere"),
        (["study", "reviews", "out", "nowhere.csv"], "nowhere.csv"),
        (["study", "overlap", "out", "--made", "0"], "ScanNet"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(command: list[str], why: str) -> None:
    done = CliRunner().invoke(app, command)
    assert done.exit_code != 0
    assert why in done.output
    assert "Traceback" not in done.output


def test_a_student_goes_from_training_to_figures(tmp_path: Path) -> None:
    changes = [
        "data.rooms=4", "data.held_out=1", "data.width_px=48", "data.height_px=32", "optimiser.epochs=1",
        "student.head={layer_dims: [4, 4, 4, 4], feature_dim: 8}",
    ]  # fmt: skip
    given = [part for change in changes for part in ("--set", change)]
    done = CliRunner().invoke(app, ["train", "tiny", str(tmp_path), *given])
    assert done.exit_code == 0, done.output
    figures = tmp_path / "figures.json"
    student = str(tmp_path / "student")
    few = ["--scenes", "1", "--size", "48", "32", "--views", "2"]
    done = CliRunner().invoke(app, ["evaluate", student, *few, "--out", str(figures)])
    assert done.exit_code == 0, done.output
    assert {"original", "truth", "steadiness", "parameters", "cost"} <= set(json.loads(figures.read_text()))
