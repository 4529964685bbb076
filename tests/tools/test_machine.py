"""Set-up says what is missing before it downloads anything, and as root changes nothing but that."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.places import ROOT
from tools.machine import LIBRARIES, SPACE_GB, install, missing_packages, python_problem, space_problem


@pytest.mark.parametrize(
    ("version", "good"), [((3, 10), False), ((3, 11), True), ((3, 13), True), ((3, 14), False)]
)
def test_the_python_is_checked(version: tuple[int, int], good: bool) -> None:
    problem = python_problem((*version, 4))
    assert (problem == "") == good
    if not good:
        assert f"this is {version[0]}.{version[1]}" in problem and "PYTHON=" in problem


def test_the_range_of_pythons_is_the_packages_own() -> None:
    assert '">=3.11,<3.14"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


def test_the_space_is_checked() -> None:
    assert space_problem(SPACE_GB * 1e9) == ""
    assert "there are 1.0 GB" in space_problem(1e9)


def _loader(*absent: str) -> Callable[[str], object]:
    def load(library: str) -> object:
        if library in absent:
            raise OSError(library)
        return object()

    return load


def test_what_is_missing_is_named_by_its_package() -> None:
    assert missing_packages(_loader(), lambda name: name) == []
    assert missing_packages(_loader("libudev.so.1", "libX11.so.6"), lambda name: name) == [
        "libudev1",
        "libx11-6",
    ]
    without_venv = missing_packages(_loader(), lambda name: None if name == "ensurepip" else name)
    assert without_venv == [f"python3.{sys.version_info.minor}-venv"]


def test_root_installs_what_is_missing_and_upgrades_nothing() -> None:
    commands: list[Sequence[str]] = []

    def run(command: Sequence[str]) -> int:
        commands.append(command)
        return 0

    assert install(["libegl1"], run, is_root=True, has_apt_get=True)
    [update, installation] = commands
    assert update[:2] == ["apt-get", "update"]
    assert {"--no-upgrade", "--no-install-recommends"} <= set(installation)
    assert [word for word in installation if word.startswith("lib")] == ["libegl1"]


def _never(command: Sequence[str]) -> int:
    raise AssertionError(f"nobody asked for {command}")


def test_others_are_told_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert not install(["libegl1", "libgl1"], _never, is_root=False, has_apt_get=True)
    said = capsys.readouterr().out
    assert "sudo apt-get install" in said and "libegl1 libgl1" in said and "--no-upgrade" in said


def test_other_systems_are_told_the_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert not install(["libegl1"], _never, is_root=True, has_apt_get=False)
    assert "libEGL.so.1" in capsys.readouterr().out


def test_a_failed_installation_ends_the_set_up() -> None:
    assert not install(["libegl1"], lambda command: 100, is_root=True, has_apt_get=True)


@pytest.mark.skipif(shutil.which("make") is None, reason="needs make")
def test_make_looks_at_the_computer_before_it_downloads(tmp_path: Path) -> None:
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(ROOT / name, tmp_path)
    viewer = tmp_path / "dashboard" / "components" / "room_viewer" / "frontend"
    viewer.mkdir(parents=True)
    (viewer / "package-lock.json").touch()
    (tmp_path / "tools").mkdir()
    shutil.copy(ROOT / "tools" / "machine.py", tmp_path / "tools")
    plan = subprocess.run(
        ["make", "-n", "run"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    steps = [
        plan.index(step) for step in ("tools/machine.py", "-m venv", "pip install", "npm ci", "dashboard.up")
    ]
    assert steps == sorted(steps)


def test_make_takes_the_first_python_in_range(tmp_path: Path) -> None:
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "python3.12").write_text("#!/bin/sh\nexit 0\n")
    for script in tmp_path.iterdir():
        script.chmod(0o755)
    chosen = subprocess.run(
        ["make", "-n", ".setup/machine", "-B"],
        cwd=ROOT,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "python3.12 tools/machine.py" in chosen or "python3.13 tools/machine.py" in chosen


@pytest.mark.parametrize("file", ["Dockerfile", ".ci/run"])
def test_container_and_continuous_integration_have_the_same_libraries(file: str) -> None:
    assert set(LIBRARIES) <= set((ROOT / file).read_text(encoding="utf-8").split())
