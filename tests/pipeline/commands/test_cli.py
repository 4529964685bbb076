"""The command line says what it does and fails with advice."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.commands.cli import WRONG_SETTINGS_EXIT, app

runner = CliRunner()


@pytest.fixture(autouse=True)
def _own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOWROOM_DATA", str(tmp_path / "data"))


def _run(*arguments: str) -> tuple[int, str]:
    result = runner.invoke(app, list(arguments), env={"COLUMNS": "200"})
    return result.exit_code, result.output


def test_help_names_every_command() -> None:
    code, output = _run("--help")
    assert code == 0
    for command in (
        "analyse",
        "demo",
        "worker",
        "list",
        "show",
        "ask",
        "export",
        "city",
        "doctor",
        "clean",
        "weights",
    ):
        assert command in output


def test_an_empty_store_points_to_the_demo() -> None:
    assert _run("list") == (0, "Nothing is stored yet. Try: python -m pipeline demo\n")


@pytest.mark.parametrize("command", ["show", "export"])
def test_an_unknown_listing_says_how_to_find_those_that_are(command: str) -> None:
    code, output = _run(command, "nobody")
    assert code == 1
    assert "no listing 'nobody' is stored" in output
    assert "pipeline list" in output


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "missing", "missing"),
        (lambda folder: folder, "neither"),
    ],
    ids=["a path that is not there", "an empty folder"],
)
def test_a_source_that_cannot_be_read_fails_with_advice(tmp_path: Path, make: object, said: str) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    code, output = _run("analyse", str(make(folder)))  # type: ignore[operator]
    assert code == 1
    assert said in output


def test_a_job_can_be_left_to_a_worker(tmp_path: Path) -> None:
    code, output = _run("analyse", "demo", "--queue")
    assert (code, output.startswith("queued")) == (0, True)
    code, output = _run("analyse", "demo", "--queue")
    assert (code, output.startswith("already active")) == (0, True)


def test_doctor_lists_what_is_there_and_what_a_missing_thing_adds() -> None:
    code, output = _run("doctor")
    assert code == 0
    for name in ("Python", "torch", "open3d", "Chromium", "MiniLM", "Catalogue"):
        assert name in output


def test_clean_frees_what_nothing_needs(tmp_path: Path) -> None:
    assert _run("clean") == (0, "0.0 MB freed\n")


def test_a_city_without_its_file_fails_with_advice(tmp_path: Path) -> None:
    code, output = _run("city", str(tmp_path / "reviews.csv.gz"), "--to", str(tmp_path / "city"))
    assert code == 1
    assert "reviews.csv.gz" in output


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SHOWROOM_THREADS", "many", "SHOWROOM_THREADS is 'many'"),
        ("SHOWROOM_THREADS", "-2", "SHOWROOM_THREADS is '-2'"),
        ("SHOWROOM_DEVICE", "abacus", "SHOWROOM_DEVICE is 'abacus'"),
        ("SHOWROOM_DATABASE_URL", "nonsense", "SHOWROOM_DATABASE_URL is no address"),
        ("SHOWROOM_DATABASE_URL", "mysql://x/y", "no catalogue in 'mysql'"),
        ("SHOWROOM_QUEUE_URL", "amqp://x", "must be a redis:// URL"),
        ("SHOWROOM_ARTEFACTS_URL", "nothing://x", "SHOWROOM_ARTEFACTS_URL"),
        ("SHOWROOM_DATA", "/proc/nobody", "cannot be made"),
    ],
)
def test_a_wrong_setting_is_one_line_with_what_to_do(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    command = ["analyse", "--queue", "demo"] if "QUEUE" in name else ["list"]
    code, output = _run(*command)
    assert code == WRONG_SETTINGS_EXIT
    assert said in output and "Traceback" not in output
    assert len(output.strip().splitlines()) == 1
