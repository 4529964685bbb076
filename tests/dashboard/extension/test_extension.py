"""The extension as it is built: least permissions, no remote code, every word in both languages."""

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.dashboard.extension.world import EXTENSION, built, words

SOURCES = sorted((EXTENSION / "src").glob("*.js"))
pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built copy."""
    return built(tmp_path_factory.mktemp("built"))


def test_it_asks_for_little(place: Path) -> None:
    manifest = json.loads((place / "dist" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["manifest_version"] == 3
    assert set(manifest["permissions"]) == {"storage", "alarms"}
    assert manifest["host_permissions"] == ["http://127.0.0.1/*", "https://a0.muscache.com/*"]
    matches = {match for script in manifest["content_scripts"] for match in script["matches"]}
    assert len(matches) > 60
    assert all(re.fullmatch(r"https://\*\.airbnb(\.[a-z]{2,3}){1,2}/\*", match) for match in matches)
    assert {"https://*.airbnb.co.kr/*", "https://*.airbnb.de/*", "https://*.airbnb.com/*"} <= matches
    hook = manifest["content_scripts"][0]
    assert (hook["world"], hook["run_at"]) == ("MAIN", "document_start")


def test_nothing_is_loaded_or_made_from_text(place: Path) -> None:
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\beval\(|new Function|innerHTML|insertAdjacentHTML|document\.write", text), path
        assert not re.search(r"import\s*\(?\s*[\"']https?:", text), path
    for name in ("popup.html", "save.html"):
        page = (place / "dist" / name).read_text(encoding="utf-8")
        assert not re.search(r'(?:src|href)="https?:', page)


def test_only_the_worker_and_its_pages_speak_to_the_server() -> None:
    content = (EXTENSION / "src" / "content.js").read_text(encoding="utf-8")
    assert "127.0.0.1" not in content and not re.search(r"\bfetch\(", content)
    hook = (EXTENSION / "src" / "hook.js").read_text(encoding="utf-8")
    assert "chrome." not in hook and "127.0.0.1" not in hook


def test_every_word_is_there_in_english_and_korean() -> None:
    english, korean = words("en"), words("ko")
    assert english.keys() == korean.keys()
    used = {
        name for path in SOURCES for name in re.findall(r"\bt\(\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    assert used <= english.keys()
    for name in english:
        assert sorted(re.findall(r"\$\d", english[name])) == sorted(re.findall(r"\$\d", korean[name])), name
        assert (
            english[name] == "ShowRoom" or name in ("pill", "pillCount") or re.search("[가-힣]", korean[name])
        )
    assert len(english["description"]) <= 132, "the store's limit"


def test_one_command_makes_the_store_s_zip(place: Path) -> None:
    packed = zipfile.ZipFile(place / "showroom-extension.zip")
    assert packed.testzip() is None
    assert set(packed.namelist()) == {
        path.relative_to(place / "dist").as_posix() for path in (place / "dist").rglob("*") if path.is_file()
    }
