"""Fetching weights from a hub of our own on 127.0.0.1, by huggingface_hub."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from huggingface_hub import HfApi

from models.checkpoints import WeightsDamaged, WeightsError, WeightsMissing
from models.weights import Weights, weights_named
from models.weights_fetch import HubRefused, HubUnreachable, LicenceNotAccepted, Report, fetch, remote_files
from tests.models.fake_hub import CONTENT, FakeHub, serving
from tests.places import ROOT

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
FAST3R = weights_named("fast3r")
WHOLE = {name: CONTENT[name] for name in ("config.json", "model.safetensors")}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SHOWROOM_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 100_000)
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    return tmp_path / "weights" / "fast3r"


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with serving(FakeHub()) as served:
        yield served


def take(hub: FakeHub, report: Report = lambda *_: None, token: str | bool = False) -> list[Path]:
    return fetch(FAST3R, report, accept_licence=True, hub=HfApi(endpoint=hub.url, token=token))


def there(place: Path) -> dict[str, bytes]:
    files = place.rglob("*") if place.is_dir() else ()
    return {path.name: path.read_bytes() for path in files if path.is_file()}


def test_fetching_reports_and_ends_with_the_wanted_files(hub: FakeHub, place: Path) -> None:
    seen: list[tuple[int, int]] = []
    paths = take(hub, lambda done, total, _: seen.append((done, total)))
    assert there(place) == WHOLE == {path.name: path.read_bytes() for path in paths}
    assert seen == sorted(seen)
    assert seen[-1] == (3_072_008, 3_072_008)
    assert all(FAST3R.revision in path for path, _, _ in hub.asked if not path.startswith("/cdn"))


def test_what_is_there_is_not_fetched_again(hub: FakeHub) -> None:
    take(hub)
    hub.asked.clear()
    take(hub)
    assert hub.asked == []


def test_a_broken_connection_is_taken_up_where_it_broke(hub: FakeHub, place: Path) -> None:
    hub.breaks = [1_000_000, 500_000]
    take(hub)
    assert there(place) == WHOLE
    assert [start for path, start, _ in hub.asked if path.startswith("/cdn")] == [0, 1_000_000, 1_500_000]


class _Killed(BaseException):
    """As a process ends: no handler of ours may catch it."""


@pytest.mark.parametrize("ranges", [True, False])
def test_a_killed_command_is_continued_by_the_next(hub: FakeHub, place: Path, ranges: bool) -> None:
    def kill(done: int, total: int, name: str) -> None:
        if name == "model.safetensors" and done > 1_500_000:
            raise _Killed

    with pytest.raises(_Killed):
        take(hub, kill)
    assert not FAST3R.place().joinpath("model.safetensors").exists()
    half = (place / "model.safetensors.part").stat().st_size
    assert half > 1_000_000
    hub.asked.clear()
    hub.ranges = ranges
    take(hub)
    assert there(place) == WHOLE
    assert [(path, start) for path, start, _ in hub.asked if path.startswith("/cdn")] == [
        ("/cdn/model.safetensors", half if ranges else 0)
    ]
    assert not any("config.json" in path for path, _, _ in hub.asked)


def test_a_connection_that_never_holds_says_how_to_go_on(hub: FakeHub, place: Path) -> None:
    hub.breaks = [0] * 50
    with pytest.raises(HubUnreachable, match="Run the same command again to continue"):
        take(hub)
    assert "model.safetensors" not in there(place)


def test_a_wrong_checksum_is_told_and_nothing_is_kept(hub: FakeHub, place: Path) -> None:
    hub.lies = True
    with pytest.raises(WeightsDamaged, match="another checksum"):
        take(hub)
    assert set(there(place)) == {"config.json"}


def test_the_token_goes_to_the_hub_and_to_nobody_else(hub: FakeHub, place: Path) -> None:
    hub.gated = "hf_secret"
    take(hub, token="hf_secret")  # noqa: S106 (invented)
    assert there(place) == WHOLE
    tokens = {path.startswith("/cdn"): token for path, _, token in hub.asked}
    assert tokens == {False: "hf_secret", True: None}


@pytest.mark.parametrize(("token", "accepted"), [(False, True), ("hf_wrong", True), ("hf_secret", False)])
def test_gated_weights_say_what_to_do(hub: FakeHub, token: str | bool, accepted: bool) -> None:
    hub.gated, hub.accepted = "hf_secret", accepted
    with pytest.raises(HubRefused, match="gated") as caught:
        take(hub, token=token)
    for hint in (f"{hub.url}/{FAST3R.hub_id}", "accept", f"{hub.url}/settings/tokens", "HF_TOKEN"):
        assert hint in str(caught.value)
    assert "hf_secret" not in str(caught.value) and "hf_wrong" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_repository_that_is_not_shown_may_want_a_token(hub: FakeHub, status: int) -> None:
    hub.broken = status
    with pytest.raises(HubRefused, match="HF_TOKEN"):
        take(hub)


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_hub_is_named(hub: FakeHub, status: int) -> None:
    hub.broken = status
    with pytest.raises(HubUnreachable, match=f"HTTP {status}"):
        take(hub)


def test_no_hub_at_all_is_named() -> None:
    with pytest.raises(HubUnreachable, match="HF_ENDPOINT"):
        take(FakeHub(url="http://127.0.0.1:9"))


def test_a_restrictive_licence_must_be_agreed_to(hub: FakeHub) -> None:
    with pytest.raises(LicenceNotAccepted, match="not for commercial use"):
        fetch(FAST3R, lambda *_: None, hub=HfApi(endpoint=hub.url))
    assert not hub.asked


def test_what_cannot_be_fetched_says_how_to_get_it() -> None:
    with pytest.raises(WeightsMissing, match="Google Drive"):
        fetch(weights_named("st-roomnet"), lambda *_: None)


def test_a_full_disk_is_noticed_before(hub: FakeHub, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(WeightsError, match="Free some space"):
        take(hub)
    assert not hub.asked


def test_two_commands_do_not_write_one_file(hub: FakeHub) -> None:
    def another(*_: object) -> None:
        with pytest.raises(WeightsError, match="another command"):
            take(hub)

    assert len(take(hub, another)) == 2


@pytest.mark.parametrize(
    "tree",
    [
        b"<html>",
        b"{}",
        b"[]",
        b'[{"type": "file", "path": "../../x.json", "size": 1, "oid": "0"}]',
        b'[{"type": "file", "path": "x.json"}]',
    ],
)
def test_an_odd_answer_of_the_hub_is_told(hub: FakeHub, tree: bytes) -> None:
    hub.tree = tree
    weights = Weights("x", "x", "x", "x", path="x", hub_id="a/b", hub_files=("*.json",))
    with pytest.raises(WeightsError):
        remote_files(weights, HfApi(endpoint=hub.url, token=False))


def test_the_cache_of_other_programs_is_used(hub: FakeHub, place: Path, tmp_path: Path) -> None:
    cached(tmp_path / "cache")
    take(hub)
    assert there(place) == WHOLE
    assert hub.asked == []


class TestCommand:
    """The command as a user sets it up: by environment variables."""

    def test_mirror_and_token_come_from_the_environment(self, hub: FakeHub, place: Path) -> None:
        hub.gated = "hf_secret"
        done = command(place.parent, HF_ENDPOINT=hub.url, HF_TOKEN="hf_secret")  # noqa: S106 (invented)
        assert done.returncode == 0, done.stderr
        assert there(place) == WHOLE
        assert "hf_secret" not in done.stdout + done.stderr

    def test_offline_takes_the_cache_or_says_why_not(self, place: Path, tmp_path: Path) -> None:
        refused = command(place.parent, HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(tmp_path / "cache"))
        assert refused.returncode == 1
        assert "HF_HUB_OFFLINE is set" in refused.stderr and "Traceback" not in refused.stderr
        cached(tmp_path / "cache")
        done = command(place.parent, HF_HUB_OFFLINE="1", HF_HUB_CACHE=str(tmp_path / "cache"))
        assert done.returncode == 0, done.stderr
        assert there(place) == WHOLE


def cached(folder: Path) -> None:
    """What ``hf download`` leaves of the repository."""
    repository = folder / f"models--{FAST3R.hub_id.replace('/', '--')}"
    snapshot = repository / "snapshots" / FAST3R.revision
    snapshot.mkdir(parents=True)
    for name, content in WHOLE.items():
        (snapshot / name).write_bytes(content)
    (repository / "refs").mkdir()


def command(weights: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", "weights", "fetch", "fast3r", "--accept-licence"],
        env={**clean, "HF_HOME": str(weights / "home"), "SHOWROOM_WEIGHTS": str(weights), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
