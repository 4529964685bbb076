"""What the pages say is true: commands run, options exist, files and names are there, pictures can be made.

Pages are the README, CONTRIBUTING, the changelog, all of ``docs`` and the pages of the wings.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from pipeline.config import Settings
from pipeline.version import VERSION
from tests.places import ROOT

PICTURES: Final = ROOT / "docs" / "pictures"
MOST_PICTURE_BYTES: Final = 2_000_000
PAGES: Final = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
        *(
            page
            for part in ("pipeline", "dashboard", "scrapers", "models")
            for page in (ROOT / part).rglob("README.md")
            if "node_modules" not in page.parts
        ),
    ]
)
NAMES: Final = [str(page.relative_to(ROOT)) for page in PAGES]
#: made by their docstrings and by runs, which have tests of their own
NOT_PROSE: Final = {"docs/benchmarks.md", "CHANGELOG.md"}
PACKAGES: Final = ("scrapers", "models", "pipeline", "dashboard", "benchmarks", "tools", "tests")
WITH_SUBCOMMANDS: Final = {
    "pipeline",
    "pipeline.distill",
    "scrapers",
    "tools.demo_renderer",
    "benchmarks.fast3r",
}
#: made at run time
NOT_THERE_YET: Final = {"data", "data/weights", "data/benchmarks"}
Command = tuple[str, ...]


def text(name: str) -> str:
    """The page without what is in fenced blocks."""
    return re.sub(r"```.*?```", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.DOTALL)


def commands(name: str) -> list[str]:
    """Lines of the page's shell blocks, and commands within its sentences."""
    whole = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:bash|sh|console)\n(.*?)```", whole, re.DOTALL)
    lines = [line.split(" #")[0].strip() for block in blocks for line in block.splitlines()]
    inline = [
        found for found in re.findall(r"`([^`\n]+)`", text(name)) if found.startswith(("python -m", "make "))
    ]
    return [line for line in [*lines, *inline] if line]


@cache
def python_commands() -> dict[Command, dict[str, set[str]]]:
    """Module and subcommand to the options that pages name, each with its pages."""
    found: dict[Command, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for name in NAMES:
        for command in commands(name):
            if "python -m" not in command:
                continue
            words = shlex.split(command[command.index("python -m") :])[2:]
            rest = [word for word in words[1:] if word != "..."]
            module = words[0]
            if module in ("pip", "pytest", "venv"):
                continue
            key = (module, rest[0]) if rest and module in WITH_SUBCOMMANDS else (module,)
            found[key][""].add(name)
            for option in (word.split("=")[0] for word in rest if word.startswith("--")):
                found[key][option].add(name)
    return found


def code_spans(name: str) -> list[str]:
    """What stands in backticks, outside of links to files."""
    return re.findall(r"`([^`\n]+)`", text(name))


def test_the_readme_shows_how_to_start() -> None:
    assert {"make run", "make test"} <= set(commands("README.md"))


@pytest.mark.parametrize("command", sorted(python_commands()), ids=" ".join)
def test_every_python_command_and_option_exists(command: Command) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", *command, "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "TERM": "dumb"},
    )
    assert shown.returncode == 0, shown.stderr
    assert "usage" in shown.stdout.lower(), f"{command} runs when it is asked for help"
    for option, pages in python_commands()[command].items():
        assert option in shown.stdout, f"{pages}: {command} has no option {option}"


@pytest.mark.parametrize("name", NAMES)
def test_every_make_target_exists(name: str) -> None:
    targets = {command.split()[1] for command in commands(name) if command.startswith("make ")}
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    missing = [t for t in targets if "=" not in t and not re.search(rf"^{t}:", makefile, re.MULTILINE)]
    assert not missing


def test_every_setting_exists() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = set(re.findall(r"SHOWROOM_([A-Z_]+)", readme)) - {"WEIGHTS"}
    assert named <= {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    links = re.findall(r"\]\(([^)\s]+)\)", text(name)) + re.findall(r'src="([^"]+)"', text(name))
    for link in (link for link in links if "://" not in link):
        path, _, anchor = link.partition("#")
        target = page if not path else page.parent / path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def anchors(page: Path) -> set[str]:
    """The anchors that the headings of a page get."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_PROSE])
def test_every_named_file_is_there(name: str) -> None:
    for span in code_spans(name):
        is_path = re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?|[\w-]+\.(py|pyi|md|json|toml|yaml|tsv)", span)
        if not is_path or span.rstrip("/") in NOT_THERE_YET or re.search(r"[A-Z]{4,}", Path(span).stem):
            continue
        near = [ROOT / span, (ROOT / name).parent / span]
        anywhere = "/" not in span and any(ROOT.glob(f"*/**/{span}"))
        assert any(path.exists() for path in near) or anywhere, span


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_PROSE])
def test_every_dotted_name_is_there(name: str) -> None:
    for span in code_spans(name):
        if re.fullmatch(rf"({'|'.join(PACKAGES)})(\.\w+)+", span) and not (ROOT / span).exists():
            assert resolves(span), span


def resolves(dotted: str) -> bool:
    """Whether this is a module, or a name in one."""
    parts = dotted.split(".")
    for length in range(len(parts), 0, -1):
        folder = ROOT.joinpath(*parts[:length])
        if not (folder.is_dir() or folder.with_suffix(".py").is_file()):
            continue
        found: object = None if length == len(parts) else importlib.import_module(".".join(parts[:length]))
        for part in parts[length:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


@cache
def words_of_the_code() -> frozenset[str]:
    """Every identifier and every word of the sources."""
    files = [
        file for package in PACKAGES for kind in ("*.py", "*.pyi") for file in (ROOT / package).rglob(kind)
    ]
    files += [ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "compose.yaml"]
    return frozenset(word for file in files for word in re.findall(r"\w+", file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_PROSE])
def test_every_identifier_is_in_the_code(name: str) -> None:
    spans = {span.removesuffix("()") for span in code_spans(name)}
    identifiers = {span for span in spans if re.fullmatch(r"[a-z]+_\w+|[A-Z][a-z]+[A-Z]\w+|[A-Z_]{4,}", span)}
    placeholders = {"OLD", "NEW", "NAME", "CODE", "FILE", "FOLDER", "COMMIT"}
    assert not identifiers - words_of_the_code() - placeholders


def test_pictures_are_small_and_each_is_shown() -> None:
    pictures = [file for file in PICTURES.rglob("*") if file.is_file()]
    assert {file.suffix for file in pictures} == {".webp"}
    assert sum(file.stat().st_size for file in pictures) < MOST_PICTURE_BYTES
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert not [file for file in pictures if f"{file.parent.name}/{file.name}" not in shown]


def test_the_commands_make_the_pictures_that_are_there() -> None:
    from tools.pictures_of_a_room import FOLDER as ROOM_FOLDER
    from tools.pictures_of_a_room import STEPS
    from tools.pictures_of_reviews import FOLDER as REVIEW_FOLDER
    from tools.pictures_of_reviews import NAMES as REVIEW_NAMES

    assert {file.stem for file in ROOM_FOLDER.iterdir()} == set(STEPS)
    assert {file.stem for file in REVIEW_FOLDER.iterdir()} == set(REVIEW_NAMES)


def test_every_wing_of_rooms_is_on_the_map() -> None:
    said = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    wings = [file.parent.name for file in (ROOT / "pipeline" / "rooms").glob("*/__init__.py")]
    assert not [wing for wing in wings if f"[{wing}](../pipeline/rooms/{wing})" not in said]


def test_a_newcomer_finds_where_a_wall_stands_in_three_clicks() -> None:
    """README, a page of docs, the wing, the file; each step is a link on the page before it."""
    start = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in ("docs/architecture.md", "docs/how_a_room_is_made.md"):
        assert f"({page})" in start
        assert "(../pipeline/rooms/box)" in (ROOT / page).read_text(encoding="utf-8")
        assert "(../pipeline/rooms/box/wall_position.py)" in (ROOT / page).read_text(encoding="utf-8")
    wing = (ROOT / "pipeline" / "rooms" / "box" / "README.md").read_text(encoding="utf-8")
    assert "(wall_position.py)" in wing


def test_the_changelog_knows_the_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    heads = re.findall(
        r"^## \[(.+?)\](?: - (\d{4}-\d\d-\d\d))?$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert version == VERSION
    assert heads[0] == ("Unreleased", "")
    assert heads[1][0] == version and heads[1][1]


def test_hooks_fetch_nothing() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert set(re.findall(r"repo: (\S+)", hooks)) == {"local"}
    assert set(re.findall(r"language: (\S+)", hooks)) == {"system"}
