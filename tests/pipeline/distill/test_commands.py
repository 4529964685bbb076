"""``python -m pipeline.distill`` says what it can do, draws rooms, refuses nonsense."""

import json
from pathlib import Path

from PIL import Image
from typer.testing import CliRunner

from pipeline.distill.commands import app


def test_help_lists_the_commands() -> None:
    shown = CliRunner().invoke(app, ["--help"]).output
    assert "eye" in shown
    assert "rooms" in shown
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
