"""A damaged or deleted listing takes no page of another one along, says what is wrong, and how it is mended."""

from pathlib import Path

import pytest

from dashboard.panels import ui
from pipeline.report import REPORT_FILE
from pipeline.store import Store
from scrapers.listing import LISTING_FILE
from tests.dashboard.invented import StoreMaker
from tests.dashboard.pages import open_page, shown


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:40])


def _file(store: Store, listing_id: str, name: str) -> Path:
    entry = store.catalogue.listing(listing_id)
    key = entry.key if name == LISTING_FILE else entry.report_key
    return store.artefacts.folder(key or "") / name


@pytest.mark.parametrize("name", [LISTING_FILE, REPORT_FILE])
def test_a_cut_off_file_of_one_listing_leaves_all_other_pages(full: StoreMaker, name: str) -> None:
    _cut(_file(full.store, "old-town", name))
    assert "River flat" in shown(open_page(ui.START))
    assert "River flat" in shown(open_page(ui.OVERVIEW, listing="river-flat"))
    damaged = open_page(ui.OVERVIEW, listing="old-town")
    said = "gone or damaged" if name == LISTING_FILE else "A part of this listing is damaged"
    assert said in shown(damaged)
    for page in (ui.REVIEWS, ui.ROOM):
        assert not open_page(page, listing="old-town").exception
    damaged.button(key="again_old-town").click().run()
    [job] = full.store.catalogue.jobs()
    assert (job.listing_id, job.origin) == ("old-town", "/home/me/flat")


def test_a_listing_is_deleted_on_its_page_when_that_is_asked_for_twice(full: StoreMaker) -> None:
    app = open_page(ui.OVERVIEW, listing="old-town")
    assert app.button(key="delete_now").disabled
    app.checkbox(key="delete_sure").check().run()
    app.button(key="delete_now").click().run()
    assert not app.exception
    assert [entry.id for entry in full.store.catalogue.listings()] == ["river-flat"]
