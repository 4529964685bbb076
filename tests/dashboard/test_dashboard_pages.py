"""Every page over an empty store, a full one, unknown ids, and jobs in every state."""

from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from jaxtyping import Float32

from dashboard.panels import ui
from pipeline.options import InpainterName, LayoutName, ViewRule
from pipeline.progress import Progress
from pipeline.reviews.asking import Index
from pipeline.reviews.opinions import AspectModel
from pipeline.reviews.text import split_reviews
from pipeline.store import JobState, Store
from tests.dashboard.invented import StoreMaker
from tests.dashboard.pages import open_page, shown

LISTING_PAGES = (ui.OVERVIEW, ui.ROOM, ui.REVIEWS)
PAGES = (ui.START, *LISTING_PAGES, ui.COMPARE, ui.SYSTEM)  # the map has tests of its own


pytestmark = pytest.mark.usefixtures("quick_doctor")


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_store_says_what_to_do(store: Store, page: str) -> None:
    assert "Nothing here yet" in shown(open_page(page))


@pytest.mark.parametrize("page", LISTING_PAGES)
def test_an_unknown_listing_is_named_with_a_way_back(full: StoreMaker, page: str) -> None:
    app = open_page(page, listing="<b>nope</b>")
    assert "&lt;b&gt;nope&lt;/b&gt;" in shown(app)
    assert "This listing is not known" in shown(app)
    assert any(link.proto.label == "All listings" for link in app.get("page_link"))


@pytest.mark.parametrize("page", PAGES)
def test_a_hostile_title_stays_text(full: StoreMaker, page: str) -> None:
    app = open_page(page, listing="old-town") if page in LISTING_PAGES else open_page(page)
    assert "<script>alert" not in shown(app)


def test_start_shows_recent_listings(full: StoreMaker) -> None:
    body = shown(open_page(ui.START))
    assert "River flat" in body and "1 room in 3D" in body
    assert "No worker is running" in body


def test_starting_the_demo_puts_a_job_into_the_address(store: Store) -> None:
    app = open_page(ui.START)
    app.button(key="start_demo").click().run()
    (job,) = store.catalogue.jobs()
    assert job.origin == "demo"
    assert app.query_params["job"] == job.id
    assert "The demo listing" in shown(app)


def test_a_folder_needs_a_path(store: Store) -> None:
    app = open_page(ui.START)
    app.button(key="start_folder").click().run()
    assert "Give the path" in app.error[0].value
    app.text_input(key="folder_path").set_value("/photos/flat").run()
    app.button(key="start_folder").click().run()
    assert store.catalogue.jobs()[0].origin == "/photos/flat"


def test_an_airbnb_address_starts_a_job_and_the_conduct_notice_is_there(store: Store) -> None:
    app = open_page(ui.START)
    assert "own use" in shown(app)
    app.text_input(key="airbnb_url").set_value("https://www.airbnb.com/rooms/123456789")
    app.button(key="start_airbnb").click().run()
    [job] = store.catalogue.jobs()
    assert job.origin == "https://www.airbnb.com/rooms/123456789"


@pytest.mark.parametrize("address", ["", "https://example.org/rooms/1", "https://www.airbnb.com/experiences/5"])
def test_an_address_that_is_no_listing_is_refused_with_a_reason(store: Store, address: str) -> None:
    app = open_page(ui.START)
    app.text_input(key="airbnb_url").set_value(address)
    app.button(key="start_airbnb").click().run()
    assert len(app.error) == 1
    assert store.catalogue.jobs() == []


def test_a_running_job_shows_its_stages_and_can_be_cancelled(maker: StoreMaker) -> None:
    job_id = maker.running_job()
    app = open_page(ui.START, job=job_id)
    body = shown(app)
    assert "37 %" in body
    assert "Finding where each photo was taken · Living room" in body
    assert "matching photo 3 of 8" in body
    app.button(key="cancel_job").click().run()
    assert maker.store.catalogue.job(job_id).cancel_requested


def test_a_failed_job_says_why_and_can_be_tried_again(maker: StoreMaker) -> None:
    job_id = maker.ended_job(
        JobState.FAILED, "/x", error="The folder holds no <i>photo</i>.", advice="Choose one."
    )
    app = open_page(ui.START, job=job_id)
    assert "The folder holds no &lt;i&gt;photo&lt;/i&gt;." in shown(app)
    assert "Choose one." in shown(app)
    app.button(key="try_again").click().run()
    again = maker.store.catalogue.jobs()[0]
    assert again.id != job_id and again.origin == "/x" and again.options["seed"] == 3
    assert app.query_params["job"] == again.id


@pytest.mark.parametrize(
    ("state", "says"), [(JobState.DONE, "Ready"), (JobState.CANCELLED, "Finished steps are kept")]
)
def test_an_ended_job_says_so(maker: StoreMaker, state: JobState, says: str) -> None:
    assert says in shown(open_page(ui.START, job=maker.ended_job(state, "demo")))


def test_a_finished_job_leads_to_its_report(full: StoreMaker) -> None:
    job_id = full.ended_job(JobState.DONE, "demo")
    full.store.catalogue.set_job_listing(job_id, "river-flat")
    links = [link.proto.label for link in open_page(ui.START, job=job_id).get("page_link")]
    assert "Open the report" in links


def test_an_unknown_job_is_named(store: Store) -> None:
    assert "This analysis is not known" in shown(open_page(ui.START, job="nope"))


def test_overview_shows_photos_numbers_rooms_topics_facts_and_problems(full: StoreMaker) -> None:
    app = open_page(ui.OVERVIEW, listing="river-flat")
    body = shown(app)
    for part in (
        "Synthetic",
        "photos/",
        "room in 3D",
        "Living room",
    ):
        assert part in body
    assert "Not possible yet" in body
    assert "Clean kitchen" in body and "Quiet &amp; &lt;i&gt;sleep&lt;/i&gt;" in body
    assert "not told" in body and "none" in body
    assert "broken.jpg" in body
    assert "Invented by ShowRoom&#39;s tests." in body


def test_without_an_id_the_newest_listing_is_shown_and_put_into_the_address(full: StoreMaker) -> None:
    app = open_page(ui.OVERVIEW)
    assert app.query_params["listing"] == "old-town"


def test_a_built_room_has_viewer_facts_and_downloads(full: StoreMaker) -> None:
    app = open_page(ui.ROOM, listing="river-flat")
    body = shown(app)
    assert app.query_params["room"] == "living-room"
    assert "about ±8 %" in body
    assert "Measured in photos" in body and "81 %" in body
    assert "No learned weights are installed." in body
    assert "mesh.glb?save_as=river-flat-living-room-mesh.glb" in body
    assert "not connected to the other photos firmly enough (at most 9 shared points)" in body


@pytest.fixture
def completed(maker: StoreMaker) -> StoreMaker:
    """A listing whose living room was completed with generated views."""
    listing, key = maker.listing(reviews=0)
    maker.completed_report(listing, key)
    return maker


def test_a_completed_room_shows_what_no_photo_shows(completed: StoreMaker) -> None:
    body = shown(open_page(ui.ROOM, listing="river-flat"))
    assert "What no photo shows" in body
    assert "No photo shows 24 % of floor, ceiling and walls." in body
    assert "2 new views were made, the first from the place of photo 2, turned 90° to the right" in body
    assert body.count('<article class="sr-pair">') == 2
    assert "view_01_before.png" in body and "view_02_after.png" in body and "mask-image:url(files/" in body
    assert '/plan.svg"' in body and "<svg" not in body, "the plan is an image, not a part of the page"
    assert "Wall on the right of the plan" in body
    assert "the weights of Stable Diffusion are not there" in body.replace("The weights", "the weights")
    assert "&lt;b&gt;plane&lt;/b&gt;" in body
    for name in ("plan.svg", "views.json", "view_01_mask.png", "photos-only.glb", "layout_01.png"):
        assert f"-{name}" in body, "everything can be taken along"
    assert "Photo 1: 87 % sure" in body and "Photo 2: There are too few straight lines." in body
    assert "All photos are front views. So photo 3, turned to the left." in body


def test_a_completed_room_can_be_seen_without_what_was_generated(completed: StoreMaker) -> None:
    report = completed.store.report("river-flat")
    assert report is not None
    app = open_page(ui.ROOM, listing="river-flat")
    [switch] = [group for group in app.button_group if str(group.key).startswith("version_")]
    assert switch.value == "completed"
    said = shown(app)
    assert "Measured in photos <b>60 %</b>" in said and "Generated <b>25 %</b>" in said and "45,180" in said
    switch.set_value("photos").run()
    said = shown(app)
    assert "Measured in photos <b>80 %</b>" in said and "Generated" not in said and "30,120" in said
    assert not app.exception


def test_a_room_of_photos_alone_has_no_switch(full: StoreMaker) -> None:
    app = open_page(ui.ROOM, listing="river-flat")
    assert not any(str(group.key).startswith("version_") for group in app.button_group)
    assert "What no photo shows" not in shown(app)


def test_a_room_that_lacks_nothing_says_so(maker: StoreMaker) -> None:
    listing, key = maker.listing(reviews=0)
    seen = "the photos show 99 % of floor, ceiling and walls"
    views = maker.views(listing, outcome="none needed", reason=seen, views=[], notes=[])
    maker.report(listing, key, None, views_key=views)
    body = shown(open_page(ui.ROOM, listing="river-flat"))
    assert "No view is missing: the photos show 99 % of floor, ceiling and walls." in body
    assert 'class="sr-pair"' not in body and "Wall on the right of the plan" in body


def test_lost_files_of_the_new_views_do_not_take_the_room_with_them(completed: StoreMaker) -> None:
    report = completed.store.report("river-flat")
    assert report is not None
    for key in (report.rooms[0].views_key, report.rooms[0].photo_surface_key):
        assert key is not None
        completed.store.artefacts.remove(key)
    body = shown(open_page(ui.ROOM, listing="river-flat"))
    assert "What no photo shows" not in body and "About this room" in body


def test_a_guessed_room_is_marked_wherever_it_is_shown(maker: StoreMaker) -> None:
    listing, key = maker.listing(reviews=0)
    one = listing.rooms[0].photo_ids[:1]
    maker.report(listing, key, None, placed=one, figures={"measured_share": 0.0, "inferred_share": 1.0})
    for page in (ui.OVERVIEW, ui.ROOM, ui.COMPARE):
        assert "Guessed from one photo" in shown(open_page(page, listing="river-flat"))


def test_options_of_a_room_reach_the_job(store: Store) -> None:
    app = open_page(ui.START)
    app.selectbox(key="option_backend").set_value("classical").run()
    app.selectbox(key="option_inpainter").set_value("opencv").run()
    app.selectbox(key="option_layout").set_value("geometric").run()
    app.selectbox(key="option_rule").set_value("original").run()
    app.number_input(key="option_new_views").set_value(2).run()
    assert "quick, for comparison" in shown(app)
    app.button(key="start_demo").click().run()
    [job] = store.catalogue.jobs()
    chosen = {"backend": "classical", "inpainter": "opencv", "new_views": 2}
    chosen |= {"layout": "geometric", "view_rule": "original"}
    assert chosen.items() <= job.options.items()


def test_new_views_can_be_switched_off(store: Store) -> None:
    app = open_page(ui.START)
    app.number_input(key="option_new_views").set_value(0).run()
    assert "Off: rooms show what the photos show." in shown(app)
    assert app.selectbox(key="option_inpainter").disabled
    app.button(key="start_demo").click().run()
    assert store.catalogue.jobs()[0].options["new_views"] == 0


def test_the_choices_on_start_are_those_of_an_analysis() -> None:
    source = (ui.VIEWS.parent / "panels" / "ways_in.py").read_text(encoding="utf-8")
    for choices in (InpainterName, LayoutName, ViewRule):
        assert all(f'"{name}": (' in source for name in get_args(choices))


def test_the_plain_view_stands_in_for_a_missing_bundle(
    full: StoreMaker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("dashboard.components.room_viewer.BUNDLE", tmp_path / "none.js")
    app = open_page(ui.ROOM, listing="river-flat")
    assert "make setup" in app.info[0].value
    assert len(app.get("plotly_chart")) == 1


def test_an_impossible_room_says_what_to_photograph(full: StoreMaker) -> None:
    body = shown(open_page(ui.ROOM, listing="river-flat", room="bedroom"))
    assert "This room could not be built" in body
    assert "Take a third photo from the door" in body
    assert "it shares nothing recognisable with any other photo" in body


def test_an_unknown_room_is_named(full: StoreMaker) -> None:
    assert "This room is not known" in shown(open_page(ui.ROOM, listing="river-flat", room="cellar"))


def test_a_room_whose_files_are_gone_says_so(full: StoreMaker) -> None:
    report = full.store.report("river-flat")
    assert report is not None and report.rooms[0].surface_key is not None
    full.store.artefacts.remove(report.rooms[0].surface_key)
    assert "The 3D files are gone" in shown(open_page(ui.ROOM, listing="river-flat"))


def test_a_listing_whose_files_are_gone_says_so_and_spares_the_others(full: StoreMaker) -> None:
    full.store.artefacts.remove(full.store.catalogue.listing("river-flat").key)
    assert "files are gone" in shown(open_page(ui.START))
    assert "The files of this listing are gone" in shown(open_page(ui.OVERVIEW, listing="river-flat"))
    assert "Living room" in shown(open_page(ui.OVERVIEW, listing="old-town"))


def test_reviews_show_topics_in_their_own_words(full: StoreMaker) -> None:
    app = open_page(ui.REVIEWS, listing="river-flat")
    body = shown(app)
    assert "Clean kitchen" in body
    assert '<blockquote lang="ko">' in body
    assert "&lt;b&gt;Loud&lt;/b&gt; bar downstairs" in body
    assert len(app.get("plotly_chart")) == 0, "charts are sent once they come into view"
    app.session_state["seen_rating_trend"] = app.session_state["seen_sentence_map"] = True
    assert len(app.run().get("plotly_chart")) == 2
    assert body.count('<article class="sr-review">') == 15, "one page of reviews"


def test_reviews_can_be_filtered(full: StoreMaker) -> None:
    app = open_page(ui.REVIEWS, listing="river-flat")
    app.text_input(key="filter_search").set_value("Bar downstairs").run()
    assert shown(app).count('title="2 of 5 stars"') == 4
    assert "of 5 stars" not in shown(app).replace('title="2 of 5 stars"', "")
    assert app.query_params["q"] == "Bar downstairs", "filters stand in the address"
    app.text_input(key="filter_search").set_value("no such words").run()
    assert "No review fits" in shown(app)


def test_filters_come_from_the_address(full: StoreMaker) -> None:
    app = open_page(ui.REVIEWS, listing="river-flat", stars="2", spoken="en", q="bar")
    assert shown(app).count('title="2 of 5 stars"') == 4
    assert app.text_input(key="filter_search").value == "bar"
    assert app.query_params["stars"] == "2" and app.query_params["spoken"] == "en"


def test_years_can_be_narrowed_and_stand_in_the_address(maker: StoreMaker) -> None:
    listing, key = maker.listing(reviews=60)
    maker.report(listing, key, maker.reviews(listing))
    app = open_page(ui.REVIEWS, listing="river-flat", **{"from": "2024"})
    [years] = app.select_slider
    assert tuple(years.value) == (2024, 2024)
    assert app.query_params["from"] == "2024" and "to" not in app.query_params
    assert "28 reviews" in shown(app)


class Blind:
    """An encoder to which nothing is like anything, so that words alone answer; it loads at once."""

    fingerprint = backend_name = "blind"

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Float32[np.ndarray, "N D"]:
        return np.zeros((len(texts), 2), dtype=np.float32)


def test_the_reviews_can_be_asked(full: StoreMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    def quick_index(store: Store, listing_id: str) -> Index:
        sentences = split_reviews(store.listing(listing_id)[0].reviews)
        return Index.of(sentences, AspectModel.default().predict(sentences.rows).rows, Blind())

    monkeypatch.setattr("dashboard.panels.ask_panel.index_reviews", quick_index)
    app = open_page(ui.REVIEWS, listing="river-flat")
    app.text_input(key="ask_question").set_value("is it quiet at night?").run()
    assert "reviews speak of it" in shown(app)
    app.text_input(key="ask_question").set_value("...").run()
    assert "ask with words" in shown(app)


def test_a_listing_without_reviews_or_report_says_so(maker: StoreMaker) -> None:
    maker.listing(reviews=0)
    assert "No topics here" in shown(open_page(ui.REVIEWS))
    assert "Not analysed yet" in shown(open_page(ui.ROOM))
    assert "Not analysed yet" in shown(open_page(ui.OVERVIEW))


def test_compare_shows_listings_side_by_side(full: StoreMaker) -> None:
    app = open_page(ui.COMPARE, listings="old-town,river-flat")
    assert app.multiselect(key="compare_choice").value == ["old-town", "river-flat"]
    body = shown(app)
    assert body.count('<th scope="col">') >= 2 and ">Kind</th>" in body


def test_own_weights_rank_and_are_kept_in_the_address(full: StoreMaker) -> None:
    app = open_page(ui.COMPARE, listings="old-town,river-flat", weights="space:4")
    assert app.slider(key="weight_space").value == 4
    assert "Which fits you best" in shown(app)
    app.slider(key="weight_space").set_value(0).run()
    assert "Nothing matters" in shown(app)


def test_compare_shows_what_guests_share_and_what_tells_listings_apart(full: StoreMaker) -> None:
    body = shown(open_page(ui.COMPARE, listings="old-town,river-flat"))
    for part in ("Topics that they share", "Clean kitchen", "What tells them apart", "Nothing that the others"):
        assert part in body


def test_compare_names_an_unknown_listing(full: StoreMaker) -> None:
    assert "A listing is not known" in shown(open_page(ui.COMPARE, listings="river-flat,nope"))
