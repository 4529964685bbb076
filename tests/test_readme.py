"""What the README says exists: its commands, options, make targets, settings and files."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from pipeline.config import Settings
from tests.places import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:bash|sh|console)\n(.*?)```", README, re.DOTALL)
COMMANDS = [line.split(" #")[0].strip() for block in BLOCKS for line in block.splitlines() if line.strip()]


def test_it_shows_commands() -> None:
    assert "make run" in COMMANDS
    assert "make test" in COMMANDS


def _python_commands() -> list[str]:
    return [command for command in COMMANDS if "python -m" in command]


@pytest.mark.parametrize("command", _python_commands())
def test_every_python_command_and_option_exists(command: str) -> None:
    words = shlex.split(command[command.index("python -m") :])[2:]
    module, rest = words[0], [word for word in words[1:] if word != "..."]
    subcommand = [rest[0]] if rest and re.fullmatch(r"[a-z-]+", rest[0]) and module == "pipeline" else []
    shown = subprocess.run(
        [sys.executable, "-m", module, *subcommand, "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "TERM": "dumb"},
    )
    assert shown.returncode == 0, shown.stderr
    for option in (word.split("=")[0] for word in rest if word.startswith("--")):
        assert option in shown.stdout, f"{command}: no option {option}"


@pytest.mark.parametrize("target", sorted({c.split()[1] for c in COMMANDS if c.startswith("make ")}))
def test_every_make_target_exists(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


def test_every_setting_exists() -> None:
    named = set(re.findall(r"SHOWROOM_([A-Z_]+)", README)) - {"WEIGHTS"}
    assert named <= {name.upper() for name in Settings.model_fields}


def test_every_linked_file_exists() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README) + re.findall(r'src="([^":]+)"', README)
    missing = [link for link in links if not (ROOT / link).exists()]
    assert missing == []
