"""What the pages read from the store."""

import pytest

from dashboard.components import room_viewer
from dashboard.components.room_viewer import plain
from dashboard.data import facts, services, thumbnails
from dashboard.data.review_data import ReviewTable, Wanted, best_topics, load, trend
from dashboard.data.services import ListingView, listing_view
from pipeline.config import Settings
from pipeline.reviews.report.report_records import Complaint, DealBreaker, MapPoint
from pipeline.store import Store
from scrapers.listing import Review
from tests.dashboard.invented import StoreMaker, invented_report


@pytest.fixture
def view(maker: StoreMaker) -> ListingView:
    """A listing with a report."""
    listing, key = maker.listing()
    maker.report(listing, key, maker.reviews(listing))
    return listing_view(maker.store, maker.store.catalogue.listing(listing.id))


def test_headline_counts_what_came_out(view: ListingView) -> None:
    shown = {number.label: number.value for number in services.headline(view)}
    assert shown == {
        "room in 3D": "1",
        "photos placed": "4",
        "reviews read": "60",
        "languages": "5",
        "stars": "4.33",
    }


def test_headline_without_report_says_so(maker: StoreMaker) -> None:
    listing, _ = maker.listing(reviews=0)
    numbers = services.headline(listing_view(maker.store, maker.store.catalogue.listing(listing.id)))
    assert numbers[0].note == "not analysed yet"
    assert "stars" not in {number.label for number in numbers}, "what nobody told is left out"


def test_facts_tell_absent_from_none(view: ListingView) -> None:
    status = {fact.label: fact.status for fact in facts.facts(view.listing)}
    assert status["Price"] == "none"
    assert status["Beds"] == "absent"
    assert status["Guests"] == "present"


def test_the_collage_takes_rooms_in_turns(view: ListingView) -> None:
    chosen = services.collage(view.listing, 4)
    living, bedroom = (room.photo_ids for room in view.listing.rooms)
    assert chosen == [living[0], bedroom[0], living[1], bedroom[1]]


def test_the_viewer_gets_everything_it_asks_for(view: ListingView) -> None:
    data = services.viewer_data(view, view.room("living-room"), height_px=500)
    complete = room_viewer.component_data(data, "assets/index.js")
    assert set(room_viewer.REQUIRED) <= set(complete)
    assert [photo["id"] for photo in data["photos"]] == list(view.listing.rooms[0].photo_ids)
    assert not any(str(value).startswith(("/", "http")) for value in data.values()), "addresses are relative"


def test_a_completed_room_can_be_viewed_without_what_was_generated(maker: StoreMaker) -> None:
    listing, key = maker.listing()
    maker.completed_report(listing, key)
    view = listing_view(maker.store, maker.store.catalogue.listing(listing.id))
    room = view.room("living-room")
    whole = services.viewer_data(view, room, height_px=500)
    without = services.viewer_data(view, room, height_px=500, photos_only=True)
    assert str(room.surface_key) in whole["mesh_url"]
    assert (
        str(room.photo_surface_key) in without["mesh_url"]
        and str(room.photo_surface_key) in without["points_url"]
    )
    assert whole["file_name"] == without["file_name"], "the same name keeps the viewer's camera where it is"


def test_photos_are_numbered_as_on_the_plan(view: ListingView) -> None:
    room = view.room("living-room")
    left_out = room.photo_ids[0]
    moved = room.model_copy(update={"placed": room.photo_ids[1:]})
    numbers = services.photo_numbers(moved)
    assert [numbers[photo] for photo in moved.placed] == [1, 2, 3, 4]
    assert numbers[left_out] == 5


def test_the_viewer_refuses_half_of_its_data() -> None:
    with pytest.raises(ValueError, match="mesh_url"):
        room_viewer.component_data({"photos": []}, "assets/index.js")


def test_a_room_without_surface_has_nothing_to_view(view: ListingView) -> None:
    with pytest.raises(ValueError, match="no such surface"):
        services.viewer_data(view, view.room("bedroom"), height_px=500)


def test_an_unknown_room_is_a_key_error(view: ListingView) -> None:
    with pytest.raises(KeyError, match="kitchen"):
        view.room("kitchen")


def test_the_plain_view_reads_points_in_the_room_frame(view: ListingView, store: Store) -> None:
    key = view.room("living-room").surface_key
    assert key is not None
    points, colours = plain.read_points(store.file(key, "points.glb"))
    assert len(points) == len(colours) <= 2 * plain.MAX_POINTS
    assert points.min(axis=0) == pytest.approx([0, 0, 0], abs=1e-3)
    assert points.max(axis=0) == pytest.approx([5.0, 4.0, 2.6], abs=0.2)
    assert colours.max() > 200, "linear colours come back as sRGB"


def test_reviews_are_filtered_by_language_topic_and_words(view: ListingView, store: Store) -> None:
    assert view.report is not None and view.report.reviews_key is not None
    table = ReviewTable(view.listing, load(store, view.report.reviews_key))
    assert table.languages[0] == "en"
    assert len(table.select(Wanted())) == 60
    assert {row.review.language for row in table.select(Wanted(languages=("ko",)))} == {"ko"}
    assert {row.topics for row in table.select(Wanted(topics=(0,)))} == {("Clean kitchen",)}
    assert all("kitchen" in row.review.text for row in table.select(Wanted(search=" KITCHEN ")))
    assert table.select(Wanted(search="nothing like this")) == []
    assert {row.review.rating for row in table.select(Wanted(stars=(2, 4)))} == {2, 4}
    assert {row.review.date.year for row in table.select(Wanted(since=2024)) if row.review.date} == {2024}
    assert table.select(Wanted(until=2022)) == []
    dates = [row.review.date for row in table.select(Wanted()) if row.review.date is not None]
    assert dates == sorted(dates, reverse=True)


def test_reviews_are_filtered_by_feeling_language_found_and_deal_breaker(view: ListingView) -> None:
    reviews = [Review(id=name, text=name) for name in ("loud", "nice", "mouse")]
    points = [
        MapPoint(x=0, y=0, topic=-1, review_id="loud", text="laut", language="de", polarity="neg"),
        MapPoint(x=0, y=0, topic=-1, review_id="nice", text="nice", language="en", polarity="pos"),
    ]
    told = Complaint(
        review_id="mouse", text="mouse", start=0, end=5, language="en", date=None, rating=None, answer=None
    )
    vermin = DealBreaker(kind="vermin", reviews=1, newest=None, answered=0, complaints=(told,))
    report = invented_report(view.listing).model_copy(
        update={"map": tuple(points), "deal_breakers": (vermin,), "topics": ()}
    )
    table = ReviewTable(view.listing.model_copy(update={"reviews": tuple(reviews)}), report)

    def ids(**how: object) -> set[str]:
        return {row.review.id for row in table.select(Wanted(**how))}  # type: ignore[arg-type]

    assert table.has_feelings and table.has_deal_breakers and not table.has_stars
    assert ids(feeling="criticism") == {"loud"} and ids(feeling="praise") == {"nice"}
    assert ids(languages=("de",)) == {"loud"}
    assert ids(deal_breakers=True) == {"mouse"}


def test_best_topics_are_those_with_the_most_stars(view: ListingView, store: Store) -> None:
    assert view.report is not None and view.report.reviews_key is not None
    report = load(store, view.report.reviews_key)
    assert [topic.label for topic in best_topics(report, 2)] == ["Clean kitchen", "Quiet & <i>sleep</i>"]
    assert next(period.period for period in trend(report)) == "2023-01"


def test_storage_is_summed_by_stage(view: ListingView, store: Store) -> None:
    by_stage = {row.stage: row for row in services.storage(store)}
    assert by_stage["surface"].bytes > by_stage["report"].bytes > 0
    assert by_stage["collect"].results == 1


def test_cleaning_up_keeps_what_a_report_needs(view: ListingView, store: Store) -> None:
    thumbnails.thumbnail(store, view.key, view.listing.photos[0].file, 160)
    assert services.clean_up(store) == 0
    assert store.artefacts.has(view.key)
    store.artefacts.remove(view.key)
    assert services.clean_up(store) > 0
    assert not list(thumbnails.folder(store).glob("*"))


def test_settings_are_shown_without_passwords(settings: Settings) -> None:
    secret = settings.model_copy(update={"queue_url": "redis://u:s3cret@host:6379/0"})
    assert not any("s3cret" in value for _, value in services.setting_rows(secret))
