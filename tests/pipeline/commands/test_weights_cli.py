"""``python -m pipeline weights`` from the outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from models.st_roomnet import STRoomNet
from models.weights import WEIGHTS
from pipeline.commands.weights_cli import app
from tests.models.fast3r.tiny import tiny_model, write_folder

RUN = CliRunner(env={"COLUMNS": "300"})


@pytest.fixture(autouse=True)
def weights_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path))
    return tmp_path


def test_list_names_every_set_and_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.commands.weights_cli.console", Console(width=300))
    result = RUN.invoke(app, ["list"])
    assert result.exit_code == 0
    assert all(weights.key in result.output for weights in WEIGHTS)
    assert "FAIR non-commercial" in result.output
    assert "weights fetch fast3r" in result.output


def test_verify_passes_what_fits_and_fails_what_does_not(weights_place: Path) -> None:
    folder = write_folder(tiny_model(), weights_place / "fast3r")
    good = RUN.invoke(app, ["verify", "fast3r"])
    assert good.exit_code == 0
    assert "names and shapes fit" in good.output
    (folder / "model.safetensors").write_bytes(b"short")
    bad = RUN.invoke(app, ["verify"])
    assert bad.exit_code == 1
    assert "truncated" in bad.output


def test_fetch_asks_for_the_licence_first() -> None:
    result = RUN.invoke(app, ["fetch", "fast3r"])
    assert result.exit_code == 1
    assert "--accept-licence" in result.output


def test_an_unknown_name_lists_the_known_ones() -> None:
    result = RUN.invoke(app, ["fetch", "unknown"])
    assert result.exit_code == 1
    assert "st-roomnet" in result.output


def test_convert_writes_weights_where_they_are_looked_for(weights_place: Path) -> None:
    STRoomNet().save(weights_place / "mine.safetensors")
    result = RUN.invoke(app, ["convert", str(weights_place / "mine.safetensors")])
    assert result.exit_code == 0
    assert STRoomNet.from_pretrained(weights_place / "st_roomnet.safetensors")
    assert RUN.invoke(app, ["convert", str(weights_place / "absent.h5")]).exit_code == 1


def test_train_layout_says_what_the_folder_needs(weights_place: Path) -> None:
    result = RUN.invoke(app, ["train-layout", str(weights_place), "--to", str(weights_place / "run")])
    assert result.exit_code == 1
    assert "images/" in result.output
