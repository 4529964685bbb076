"""The System page: jobs, storage, checks and kept benchmarks."""

import re
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.records.run import Row, Run
from dashboard.api import pairings
from dashboard.panels import ui
from pipeline.jobs.presence import INLINE, Presence
from pipeline.store import JobState, Store
from tests.dashboard.invented import StoreMaker
from tests.dashboard.pages import open_page, shown

pytestmark = pytest.mark.usefixtures("quick_doctor")


def test_system_shows_jobs_storage_settings_and_checks(full: StoreMaker) -> None:
    full.ended_job(JobState.FAILED, "/x", error="It broke.")
    job_id = full.running_job()
    app = open_page(ui.SYSTEM)
    body = shown(app)
    assert "Licence: FAIR non-commercial · 2.6 GB" in body
    for part in ("It broke.", "Building the surface", str(full.store.settings.data), "Would add: speed."):
        assert part in body
    assert "Kept runs, newest first" in body
    app.button(key=f"cancel_{job_id}").click().run()
    assert full.store.catalogue.job(job_id).cancel_requested


def test_an_analysis_whose_process_died_waits_and_can_be_cancelled(full: StoreMaker) -> None:
    catalogue, job_id = full.store.catalogue, full.job("killed")
    here = Presence(full.store, INLINE).entry
    gone = replace(here, birth=here.birth.rpartition(":")[0] + ":1")
    catalogue.beat(gone)
    catalogue.claim_job(job_id, gone.id)
    panel = open_page(ui.START, job=job_id)
    assert "the worker died" in shown(panel) and "No worker is running" in panel.warning[0].value
    app = open_page(ui.SYSTEM)
    app.button(key=f"cancel_{job_id}").click().run()
    assert catalogue.job(job_id).state is JobState.CANCELLED


def test_system_shows_the_tables_of_benchmarks(store: Store) -> None:
    folder = store.settings.data / "benchmarks"
    folder.mkdir(parents=True)
    rows: list[Row] = [
        {"set": "<b>sofa</b>", "placed": 6, "rot_med": 0.41234},
        {"set": "icl", "parts": [1], "f5cm": None},
    ]
    run = Run("rooms", "c" * 40, "2026-11-29T12:00:00+00:00", "2 cores", ("--no-stock",), ("set",), tuple(rows))
    run.save(folder / "rooms.json")
    replace(run, rows=()).save(folder / "empty.json")
    replace(run, rows=({"a": [1]},)).save(folder / "nested.json")
    (folder / "broken.json").write_text("{")
    (folder / "bare.json").write_text("[]")
    app = open_page(ui.SYSTEM)
    body = shown(app)
    assert any("ccccccc" in expander.label for expander in app.expander)
    assert "&lt;b&gt;sofa&lt;/b&gt;" in body and "<td>0.412</td>" in body and "<td>–</td>" in body
    assert "2 cores · --no-stock" in body
    assert "This is not JSON" in body and "This file holds no rows" in body and "This is not a kept run" in body
    assert "hold no single values" in body


def test_a_code_is_shown_once_and_who_is_paired_can_be_forgotten(
    store: Store,
) -> None:
    page = open_page(ui.SYSTEM)
    assert not _codes(page)
    page = page.button(key="pairing_new").click().run()
    code = _codes(page)[0]
    pairings().pair(code, "my <b>browser</b>", "chrome-extension://a")
    page = page.run()
    assert not _codes(page), "a code is shown once"
    assert "my &lt;b&gt;browser&lt;/b&gt; · extension" in shown(page)
    page.button(key=f"forget_{pairings().clients()[0].id}").click().run()
    assert pairings().clients() == ()


def _codes(page: AppTest) -> list[str]:
    """Codes of pairing on the page."""
    return [code.value for code in page.code if re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", code.value)]
