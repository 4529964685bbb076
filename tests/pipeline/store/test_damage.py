"""A damaged result is told, set aside and made anew; it takes no other listing along."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipeline.commands.cli import app
from pipeline.config import Settings
from pipeline.errors import DamagedResult, DiskFull, Impossible, WrongSettings
from pipeline.jobs.jobs import create, run_job, submit_again
from pipeline.jobs.presence import INLINE, Presence
from pipeline.options import AnalysisOptions
from pipeline.progress import Progress
from pipeline.recipe.stages import StageRunner
from pipeline.report import REPORT_FILE
from pipeline.store import (
    Artefacts,
    JobState,
    Store,
    back_up,
    check,
    checking,
    expire,
    forget_listing,
    read_result,
    scratch,
    sweep,
)
from pipeline.store.manifest import MARKER
from scrapers.listing import LISTING_FILE, Listing

Damage = Callable[[Path], None]
KEY = "ab" * 32


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _flip(file: Path) -> None:
    """One byte is another one, the size is the same."""
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def _lose(file: Path) -> None:
    file.unlink()


DAMAGES = [_cut, _empty, _flip, _lose]


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """Reviews of one place."""
    return _reviews(tmp_path / "flat.csv", "The flat is clean and quiet.")


def _reviews(file: Path, text: str) -> Path:
    rows = "".join(f"{number},2025-01-{number:02d},{text} Visit {number}.\n" for number in range(1, 6))
    file.write_text(f"id,date,text\n{rows}", encoding="utf-8")
    return file


def _analyse(store: Store, origin: Path) -> str:
    job, _ = create(store, str(origin), AnalysisOptions(rooms=False, reviews=False))
    return _run(store, job.id)


def _run(store: Store, job_id: str) -> str:
    with Presence(store, INLINE) as here:
        ended = run_job(store, job_id, here)
    assert ended.state is JobState.DONE, ended.error
    return ended.listing_id or ""


def _file(store: Store, listing_id: str, name: str) -> Path:
    entry = store.catalogue.listing(listing_id)
    key = entry.key if name == LISTING_FILE else entry.report_key
    return store.artefacts.folder(key or "") / name


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_not_as_it_was_written_is_not_handed_out(tmp_path: Path, damage: Damage) -> None:
    result = tmp_path / "result"
    result.mkdir()
    (result / "deep").mkdir()
    (result / "deep" / "data.bin").write_bytes(bytes(range(256)))
    Artefacts(str(tmp_path / "kept"), tmp_path / "cache").put(KEY, result, "stage")
    damage(tmp_path / "kept" / KEY[:2] / KEY / "deep" / "data.bin")
    artefacts = Artefacts(str(tmp_path / "kept"), tmp_path / "cache")
    with pytest.raises(DamagedResult, match=r"deep/data\.bin"):
        artefacts.folder(KEY)
    artefacts.set_aside(KEY)
    assert not artefacts.has(KEY)
    assert len(list((tmp_path / "kept" / "damaged").iterdir())) == 1


def test_a_damaged_copy_of_a_whole_remote_result_is_fetched_again(tmp_path: Path) -> None:
    artefacts = Artefacts("memory://whole", tmp_path / "cache")
    result = tmp_path / "result"
    result.mkdir()
    (result / "a.txt").write_text("whole")
    artefacts.put(KEY, result)
    _cut(artefacts.folder(KEY) / "a.txt")
    assert (artefacts.folder(KEY) / "a.txt").read_text() == "whole"


@pytest.mark.parametrize("name", [LISTING_FILE, REPORT_FILE])
@pytest.mark.parametrize("counted", [True, False], ids=["counted", "of version 0.1"])
def test_a_cut_off_file_is_made_anew_by_the_next_analysis(
    store: Store, flat: Path, name: str, counted: bool
) -> None:
    listing_id = _analyse(store, flat)
    file = _file(store, listing_id, name)
    before = file.read_bytes()
    if not counted:
        (file.parent / MARKER).write_text("")
    _cut(file)
    with pytest.raises(KeyError):
        store.listing(listing_id) if name == LISTING_FILE else store.report(listing_id)
    if counted:
        assert "cut off" in (store.trouble(store.catalogue.listing(listing_id)) or "")
    again = submit_again(store, store.catalogue.listing(listing_id))
    assert _run(store, again.id) == listing_id
    assert store.trouble(store.catalogue.listing(listing_id)) is None
    assert _file(store, listing_id, name).read_bytes() == before


def test_check_finds_damage_and_repairs_it(store: Store, flat: Path, tmp_path: Path) -> None:
    listing_id = _analyse(store, flat)
    other = _analyse(store, _reviews(tmp_path / "other.csv", "Loud but near the sea."))
    assert list(check(store, repair=False)) == []
    _flip(_file(store, listing_id, LISTING_FILE))
    found = list(check(store, repair=False))
    assert [finding.done for finding in found if "has other bytes" in finding.what] == [""]
    found = list(check(store, repair=True))
    assert any(finding.done.startswith("set aside") for finding in found)
    assert any(f"({flat})" in finding.done for finding in found)
    assert store.listing(other)[0].id == other
    assert store.clean(0.0) == 0 or store.listing(other)


def test_listings_are_found_again_after_the_catalogue_is_lost(settings: Settings, flat: Path) -> None:
    store = Store.open(settings)
    listing_id = _analyse(store, flat)
    store.catalogue.close()
    for file in settings.data.glob("showroom.sqlite*"):
        file.unlink()
    new = Store.open(settings)
    assert new.catalogue.listings() == []
    assert any("found again" in finding.done for finding in list(check(new, repair=True)))
    report = new.report(listing_id)
    assert report is not None and report.listing_id == listing_id
    assert list(check(new, repair=True)) == []


def test_a_backup_is_a_store(store: Store, flat: Path, tmp_path: Path) -> None:
    listing_id = _analyse(store, flat)
    made = back_up(store, tmp_path / "copy")
    assert made.results == len(list(store.artefacts.keys())) and not made.left_out
    copy = Store.open(Settings(data=tmp_path / "copy"))
    assert copy.report(listing_id) == store.report(listing_id)
    assert list(check(copy, repair=False)) == []
    with pytest.raises(WrongSettings, match="not empty"):
        back_up(store, tmp_path / "copy")


def test_a_listing_is_deleted_with_all_that_is_known_of_it(store: Store, flat: Path, tmp_path: Path) -> None:
    listing_id = _analyse(store, flat)
    other = _analyse(store, _reviews(tmp_path / "other.csv", "Loud but near the sea."))
    upload = store.settings.uploads_folder / "upload-1" / "reviews.csv"
    upload.parent.mkdir(parents=True)
    uploaded = _analyse(store, _reviews(upload, "The word that must not stay is lighthouse."))
    forget_listing(store, uploaded)
    forget_listing(store, listing_id)
    left = [path for path in store.settings.data.rglob("*") if path.is_file() and path.suffix != ".sqlite"]
    assert not [path for path in left if b"lighthouse" in path.read_bytes()]
    assert store.catalogue.jobs_of(uploaded) == []
    assert [entry.id for entry in store.catalogue.listings()] == [other]
    assert store.report(other) is not None
    with pytest.raises(KeyError):
        forget_listing(store, listing_id)


def test_listings_are_kept_as_long_as_the_installation_says(settings: Settings, flat: Path) -> None:
    store = Store.open(settings)
    listing_id = _analyse(store, flat)
    assert expire(store) == []
    assert expire(Store.open(settings.model_copy(update={"keep_days": 1.0}))) == []
    soon = Store.open(settings.model_copy(update={"keep_days": 1e-9}))
    assert [entry.id for entry in expire(soon)] == [listing_id]


def test_what_a_killed_process_left_is_removed_and_what_runs_is_not(tmp_path: Path) -> None:
    mine = scratch.scratch_folder(tmp_path, "mine")
    left = tmp_path / f"{scratch.OWNED}0123"
    left.mkdir()
    (left / ".owner").touch()
    (left / "big.bin").write_bytes(b"x" * 1000)
    assert sweep(tmp_path) == 1000
    assert mine.is_dir() and not left.exists()


def test_a_full_disk_stops_a_stage_before_it_begins_and_is_told(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def work(folder: Path, progress: Progress) -> Listing:
        raise OSError(28, "No space left on device")

    runner = StageRunner(store)
    with pytest.raises(DiskFull, match="nothing more could be written"):
        runner.run("stage", Listing, work, inputs={})
    monkeypatch.setattr(scratch, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(DiskFull, match="MB are free") as told:
        runner.run("stage", Listing, lambda folder, progress: pytest.fail("it began"), inputs={})
    assert "goes on at the stage" in told.value.advice
    assert not issubclass(DiskFull, Impossible), "it is not kept as an answer"


def test_the_commands(settings: Settings, flat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOWROOM_DATA", str(settings.data))
    store = Store.open(settings)
    listing_id = _analyse(store, flat)

    def run(*arguments: str) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
        return result.exit_code, result.output

    code, output = run("check")
    assert (code, output.strip()) == (0, "Everything is as it was written.")
    assert run("backup", str(tmp_path / "copy"))[0] == 0
    _cut(_file(store, listing_id, REPORT_FILE))
    code, output = run("check")
    assert code == 1 and "cut off" in output and "to do: analyse it again" in output
    assert "queued:" in run("check", "--remake")[1]
    code, output = run("delete", listing_id, "--yes")
    assert code == 78 and "is being analysed" in output
    store.catalogue.cancel_job(store.catalogue.jobs()[0].id)
    assert run("delete", listing_id, "--yes")[0] == 0
    assert run("delete", "nobody", "--yes")[0] == 1


def test_a_manifest_that_is_damaged_itself_is_damage(store: Store, flat: Path) -> None:
    listing_id = _analyse(store, flat)
    marker = _file(store, listing_id, LISTING_FILE).parent / MARKER
    assert json.loads(marker.read_text())["stage"] == "collect"
    marker.write_text('{"files"')
    with pytest.raises(DamagedResult):
        store.listing(listing_id)


def test_catalogues_with_open_doubles_are_brought_up_to_date(settings: Settings) -> None:
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    settings.data.mkdir(parents=True)
    config = Config()
    config.set_main_option("script_location", "pipeline:store/migrations")
    engine = create_engine(settings.resolved_database_url)
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    engine.dispose()
    raw = sqlite3.connect(settings.data / "showroom.sqlite")
    for number in range(3):
        raw.execute(
            "INSERT INTO jobs (id, origin, options, digest, queue, state, stage, fraction, message, attempts,"
            " cancel_requested, created_s) VALUES (?, 'x', '{}', 'd', 'cpu', 'queued', '', 0, '', 0, 0, ?)",
            (f"job{number}", 5.0 - number),
        )
    raw.commit()
    raw.close()
    states = {job.id: job.state for job in Store.open(settings).catalogue.jobs()}
    assert states == {"job0": JobState.CANCELLED, "job1": JobState.CANCELLED, "job2": JobState.QUEUED}


def test_a_catalogue_of_a_newer_version_is_said(settings: Settings) -> None:
    Store.open(settings).catalogue.close()
    raw = sqlite3.connect(settings.data / "showroom.sqlite")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(WrongSettings, match="newer version") as told:
        Store.open(settings)
    assert "Update ShowRoom" in told.value.advice


def test_a_check_reads_every_report_once_however_many_listings_there_are(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        _analyse(store, _reviews(tmp_path / f"flat{number}.csv", f"Flat {number} is clean and quiet."))
    read = []
    real: Callable[..., object] = read_result

    def counted(kind: type[object], folder: Path) -> object:
        read.append((kind, folder))
        return real(kind, folder)

    monkeypatch.setattr(checking, "read_result", counted)
    assert list(check(store, repair=False)) == []
    assert len(read) == len(set(read)) == 2 * 3, "a listing and a report each"
