"""A page says at once what is being analysed, and shows what stands of it."""

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.data.under_way import active, what_shows
from dashboard.panels import ui
from dashboard.panels.under_way import words
from pipeline.jobs.presence import Presence
from pipeline.store import JobState, StageState, Store
from scrapers.listing import Listing
from tests.dashboard.invented import StoreMaker
from tests.dashboard.pages import open_page, shown


@pytest.fixture
def flat(maker: StoreMaker) -> tuple[Listing, str]:
    """A listing that is collected, and its key."""
    return maker.listing("river-flat", "River flat", synthetic=False, reviews=24)


def _labels(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link")]


def _look(store: Store) -> tuple[object, ...]:
    return what_shows(store, active(store, "river-flat"), "river-flat")


def test_start_shows_the_photos_of_an_analysis_as_soon_as_they_are_collected(
    maker: StoreMaker, flat: tuple[Listing, str]
) -> None:
    maker.running_job("/home/me/flat", "river-flat")
    app = open_page(ui.START)
    body = shown(app)
    assert "37 %" in body and "Finding where each photo was taken · Living room" in body
    assert body.count("/320/") == 5, "five photos"
    assert {"See what is there", "Every step"} <= set(_labels(app))


def test_start_names_an_analysis_of_which_nothing_is_collected_yet(maker: StoreMaker) -> None:
    maker.job("demo")
    assert "The demo listing" in shown(open_page(ui.START))


def test_start_looks_out_for_what_is_started_elsewhere(store: Store) -> None:
    """`make run` may be asked for its first page before it has queued the demo."""
    app = open_page(ui.START)
    assert "Nothing here yet" in shown(app)
    seen = what_shows(store, active(store))
    StoreMaker(store).job("demo")
    assert what_shows(store, active(store)) != seen
    assert "The demo listing" in shown(app.run())


def test_start_is_quiet_while_nothing_is_analysed(maker: StoreMaker, flat: tuple[Listing, str]) -> None:
    maker.ended_job(JobState.DONE, "demo")
    assert 'class="sr-way"' not in shown(open_page(ui.START))


def test_a_job_page_leads_to_what_is_there(maker: StoreMaker, flat: tuple[Listing, str]) -> None:
    job_id = maker.running_job("/home/me/flat", "river-flat")
    assert "See what is there so far" in _labels(open_page(ui.START, job=job_id))


@pytest.mark.parametrize(
    ("built", "labels"), [(0, ["Being built", "Waiting"]), (1, ["3D room", "Waiting"])], ids=["none", "one"]
)
def test_an_unfinished_report_shows_its_rooms(
    maker: StoreMaker, flat: tuple[Listing, str], built: int, labels: list[str]
) -> None:
    maker.unfinished_report(*flat, maker.reviews(flat[0]), built=built)
    maker.running_job("/home/me/flat", "river-flat")
    body = shown(open_page(ui.OVERVIEW, listing="river-flat"))
    assert "Being analysed" in body and "Clean kitchen" in body
    for label in labels:
        assert label in body
    assert "Not analysed yet" not in body and "Not built yet" not in body


def test_an_unfinished_report_whose_analysis_stopped_says_so(
    maker: StoreMaker, flat: tuple[Listing, str]
) -> None:
    maker.unfinished_report(*flat, maker.reviews(flat[0]))
    body = shown(open_page(ui.OVERVIEW, listing="river-flat"))
    assert "Not built yet" in body and 'class="sr-way"' not in body
    room = shown(open_page(ui.ROOM, listing="river-flat", room="bedroom"))
    assert "This room is not built yet" in room and "goes on where it stopped" in room


def test_a_room_to_come_shows_its_photos_and_what_happens(maker: StoreMaker, flat: tuple[Listing, str]) -> None:
    maker.unfinished_report(*flat, None, built=0)
    maker.running_job("/home/me/flat", "river-flat")
    living = shown(open_page(ui.ROOM, listing="river-flat", room="living-room"))
    assert "This room is being built" in living and living.count("/640/") == 5
    assert "This room comes next" in shown(open_page(ui.ROOM, listing="river-flat", room="bedroom"))


def test_before_any_report_each_page_says_what_comes(maker: StoreMaker, flat: tuple[Listing, str]) -> None:
    maker.running_job("/home/me/flat", "river-flat")
    assert "The reviews are being read" in shown(open_page(ui.REVIEWS, listing="river-flat"))
    assert "one after the other" in shown(open_page(ui.ROOM, listing="river-flat"))
    overview = shown(open_page(ui.OVERVIEW, listing="river-flat"))
    assert "Being analysed" in overview and "Not analysed yet" not in overview


@pytest.mark.parametrize("page", [ui.OVERVIEW, ui.ROOM, ui.REVIEWS])
def test_a_page_of_an_unfinished_listing_looks_out_for_the_rest(
    maker: StoreMaker, flat: tuple[Listing, str], page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_out: list[str | None] = []
    monkeypatch.setattr(
        "dashboard.panels.under_way._look_out", lambda listing_id, seen: looked_out.append(listing_id)
    )
    maker.unfinished_report(*flat, maker.reviews(flat[0]))
    open_page(page, listing="river-flat")
    assert "river-flat" in looked_out
    looked_out.clear()
    maker.report(*flat, maker.reviews(flat[0]))
    open_page(page, listing="river-flat")
    assert "river-flat" not in looked_out, "a whole report needs no looking"


def test_pages_of_other_listings_stay_quiet(maker: StoreMaker, flat: tuple[Listing, str]) -> None:
    maker.listing("old-town", "Old town", synthetic=False, reviews=0)
    maker.running_job("/home/me/flat", "river-flat")
    assert 'class="sr-way"' not in shown(open_page(ui.OVERVIEW, listing="old-town"))


def test_a_page_is_drawn_anew_when_there_is_more_to_show_and_not_for_progress(
    maker: StoreMaker, flat: tuple[Listing, str]
) -> None:
    catalogue = maker.store.catalogue
    job_id = maker.running_job("/home/me/flat", "river-flat")
    seen = [_look(maker.store)]
    catalogue.report_progress(job_id, "w", fraction=0.4, message="matching photo 4 of 8")
    assert _look(maker.store) == seen[-1]
    maker.unfinished_report(*flat, None, built=0)
    seen.append(_look(maker.store))
    maker.unfinished_report(*flat, None, built=1)
    seen.append(_look(maker.store))
    catalogue.start_stage(job_id, "cameras", "Bedroom", StageState.RUNNING, None)
    seen.append(_look(maker.store))
    catalogue.finish_job(job_id, "w", JobState.DONE)
    seen.append(_look(maker.store))
    assert len(set(seen)) == len(seen)


def test_an_analysis_that_waits_says_for_what(store: Store, maker: StoreMaker) -> None:
    maker.job("demo")
    assert [words(one) for one in active(store)] == ["Waiting for a worker to be started"]
    with Presence(store, "cpu"):
        assert [words(one) for one in active(store)] == ["Starting"]
