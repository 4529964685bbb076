"""A small invented store for the dashboard's tests: listings, a room in 3D, reviews, jobs in every state."""

import datetime as dt
import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.left_out import LeftOut, LeftOutReason
from pipeline.report import ListingReport, RoomReport
from pipeline.reviews.report.report import (
    Counts,
    Keyword,
    MapPoint,
    Quote,
    ReviewReport,
    TopicSummary,
    summarise_ratings,
)
from pipeline.store import JobState, StageState, Store
from scrapers.listing import Listing, Photo, Problem, Review, RoomPhotos
from tests.dashboard.invented_room import (
    cameras,
    photo,
    plan,
    room_layouts,
    view_pictures,
    views_head,
    write_glb,
)
from tests.pipeline.rooms.sizes.measured_box import box

SCRIPT_TITLE = "River flat <script>alert(1)</script> & **sons**"


def key_of(name: str) -> str:
    """A key for a stored result of this name."""
    return hashlib.sha256(name.encode()).hexdigest()


def _listing(folder: Path, listing_id: str, title: str, *, synthetic: bool, reviews: int) -> Listing:
    photos = []
    for number in range(7):
        file = f"photos/{number:02d}.jpg"
        photo(folder / file, number)
        photo_id = key_of(f"{listing_id}{number}")[:16]
        photos.append(Photo(id=photo_id, file=file, width_px=960, height_px=640, original=f"IMG_{number}.jpg"))
    ids = [photo.id for photo in photos]
    texts = [
        ("The kitchen was spotless and the view over the river is wonderful.", "en", 5),
        ("숙소가 깨끗하고 강이 보여서 정말 좋았어요.", "ko", 5),
        ("La chambre était calme, mais le lit un peu dur.", "fr", 4),
        ("<b>Loud</b> bar downstairs, we hardly slept.", "en", 2),
        ("Muy cerca del mercado, volveremos.", "es", 5),
        ("Der Gastgeber hat sofort geantwortet.", "de", 5),
    ]
    made = []
    for number in range(reviews):
        text, language, rating = texts[number % len(texts)]
        date = dt.date(2023, 1, 15) + dt.timedelta(days=11 * number)
        made.append(Review(id=f"r{number}", text=text, language=language, rating=rating, date=date))
    return Listing(
        id=listing_id,
        source="demo" if synthetic else "folder",
        origin="demo" if synthetic else "/home/me/flat",
        title=title,
        synthetic=synthetic,
        neighbourhood="By the river",
        property_type="Apartment",
        room_type="Entire home",
        person_capacity=4,
        bedrooms=1.5,
        description="Two rooms by the river.\nInvented for a test.",
        photos=tuple(photos),
        rooms=(
            RoomPhotos(id="living-room", name="Living room", photo_ids=tuple(ids[:5])),
            RoomPhotos(id="bedroom", name="Bedroom", photo_ids=tuple(ids[5:])),
        ),
        reviews=tuple(made),
        provenance={"price": "invented: no price"},
        problems=(Problem(subject="broken.jpg", message="The file ends too early; save it again."),),
        attribution="Invented by ShowRoom's tests.",
    )


def invented_report(listing: Listing) -> ReviewReport:
    """A review report with three topics whose sentences are the reviews themselves."""
    labels = ["Clean kitchen", "Quiet & <i>sleep</i>", "Market nearby"]
    random = np.random.default_rng(3)
    centres = np.array([[-0.5, 0.3], [0.4, 0.5], [0.2, -0.5]])
    points: list[MapPoint] = []
    members: dict[int, list[Review]] = {index: [] for index in range(len(labels))}
    for number, review in enumerate(listing.reviews):
        topic = number % 4 - 1
        centre = centres[topic] if topic >= 0 else np.zeros(2)
        x, y = np.clip(centre + random.normal(0, 0.13, 2), -1, 1)
        points.append(MapPoint(x=float(x), y=float(y), topic=topic, review_id=review.id, text=review.text))
        if topic >= 0:
            members[topic].append(review)
    topics = []
    for index, label in enumerate(labels):
        quotes = tuple(
            Quote(
                review_id=review.id,
                text=review.text,
                start=0,
                end=len(review.text),
                language=review.language or "en",
                date=review.date,
                rating=review.rating,
            )
            for review in members[index][:3]
        )
        topics.append(
            TopicSummary(
                id=index,
                label=label,
                sentences=len(members[index]),
                share=len(members[index]) / len(listing.reviews),
                reviews=len(members[index]),
                mean_rating=4.9 - 0.8 * index,
                keywords=tuple(Keyword(word=word, weight=0.5) for word in ("clean", "kitchen", "숙소")),
                languages={"en": len(members[index])},
                representatives=quotes,
            )
        )
    return ReviewReport(
        status="ok",
        counts=Counts(
            reviews=len(listing.reviews),
            reviews_without_words=1,
            sentences=len(listing.reviews),
            languages={"en": 20, "ko": 10, "fr": 10, "es": 10, "de": 10},
        ),
        ratings=summarise_ratings(listing.reviews),
        topics=tuple(topics),
        unassigned=len(listing.reviews) // 4,
        map=tuple(points),
        encoder="invented",
        seed=0,
    )


class StoreMaker:
    """Fills a store step by step; also used for looking at the pages while developing them."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def put(self, name: str, folder: Path, stage: str) -> str:
        """Store ``folder`` (consumed) as the result of a stage."""
        key = key_of(f"{folder.parent}{name}")
        size = self.store.artefacts.put(key, folder)
        self.store.catalogue.put_artefact(key, stage, size, 1.5)
        return key

    def _folder(self, name: str) -> Path:
        folder = self.store.settings.work_folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def listing(
        self,
        listing_id: str = "river-flat",
        title: str = "River flat",
        *,
        synthetic: bool = True,
        reviews: int = 60,
    ) -> tuple[Listing, str]:
        """Store a listing without a report."""
        folder = self._folder(f"{listing_id}-listing")
        listing = _listing(folder, listing_id, title, synthetic=synthetic, reviews=reviews)
        listing.save(folder)
        key = self.put(f"{listing_id}-listing", folder, "collect")
        self.store.catalogue.put_listing(listing, key)
        return listing, key

    def surface(self, listing: Listing, *, completed: bool = False) -> str:
        """Store the box room as the surface of the living room; without a wall unless ``completed``."""
        name = f"{listing.id}-{'completed' if completed else 'surface'}"
        folder = self._folder(name)
        write_glb(folder / "mesh.glb", completed=completed)
        write_glb(folder / "points.glb", points_only=True)
        (folder / "mesh.ply").write_bytes(b"ply\n")
        (folder / "points.ply").write_bytes(b"ply\n")
        placed = list(listing.rooms[0].photo_ids[:4])
        (folder / "cameras.json").write_text(json.dumps(cameras(placed)))
        return self.put(name, folder, "completed surface" if completed else "surface")

    def size(self, listing: Listing) -> str:
        """Store what the photos of its living room tell of its size: 5 x 4 x 2.6 m."""
        name = f"{listing.id}-size"
        folder = self._folder(name)
        one = box().photos[0]
        placed = (replace(one, photo_id=photo_id) for photo_id in listing.rooms[0].photo_ids[:4])
        box(photos=tuple(placed)).save(folder)
        return self.put(name, folder, "size")

    def views(self, listing: Listing, **changes: object) -> str:
        """Store the new views of the living room; ``changes`` replace parts of ``views.json``."""
        folder = self._folder(f"{listing.id}-views")
        placed = list(listing.rooms[0].photo_ids[:4])
        head = views_head(placed) | changes
        for number, _ in enumerate(head["views"], start=1):
            view_pictures(folder, number)
        (folder / "plan.svg").write_text(plan(placed))
        (folder / "views.json").write_text(json.dumps(head))
        (folder / "maps").mkdir()
        return self.put(f"{listing.id}-views-{len(changes)}-{head['outcome']}", folder, "new views")

    def layouts(self, listing: Listing) -> str:
        """Store the layouts of two photos of the living room."""
        folder = self._folder(f"{listing.id}-layouts")
        room_layouts(list(listing.rooms[0].photo_ids[:4])).save(folder)
        return self.put(f"{listing.id}-layouts", folder, "layout")

    def reviews(self, listing: Listing) -> str:
        """Store a review report."""
        folder = self._folder(f"{listing.id}-reviews")
        invented_report(listing).save(folder)
        return self.put(f"{listing.id}-reviews", folder, "topics")

    def report(self, listing: Listing, key: str, reviews_key: str | None, **changes: object) -> None:
        """Store a report: the living room built, the bedroom impossible.

        Args:
            changes: replace fields of the living room's report.
        """
        rooms = (self._living_room(listing, **changes), self._bedroom(listing))
        self.put_report(
            ListingReport(
                listing_id=listing.id, listing_key=key, options={}, seed=0, rooms=rooms, reviews_key=reviews_key
            )
        )

    def unfinished_report(self, listing: Listing, key: str, reviews_key: str | None, built: int = 1) -> None:
        """Store a report of which the first ``built`` rooms stand, the others wait."""
        waiting = tuple(
            RoomReport(room_id=room.id, name=room.name, status="waiting", photo_ids=room.photo_ids)
            for room in listing.rooms
        )
        rooms = (self._living_room(listing), *waiting[1:]) if built else waiting
        self.put_report(
            ListingReport(
                listing_id=listing.id, listing_key=key, options={}, seed=0, rooms=rooms, reviews_key=reviews_key
            )
        )

    def put_report(self, report: ListingReport) -> None:
        """Store a report as the newest of its listing."""
        name = f"{report.listing_id}-report-{report.unfinished}-{len(self.store.catalogue.artefacts())}"
        folder = self._folder(name)
        report.save(folder)
        self.store.catalogue.put_report(report.listing_id, "job", self.put(name, folder, "report"))

    def _living_room(self, listing: Listing, **changes: object) -> RoomReport:
        living = listing.rooms[0]
        return RoomReport(
            room_id=living.id,
            name=living.name,
            status="built",
            backend="classical",
            backend_why="no learned weights are installed",
            photo_ids=living.photo_ids,
            placed=living.photo_ids[:4],
            left_out={living.photo_ids[4]: LeftOut(LeftOutReason.SHARES_TOO_LITTLE, (9,))},
            metric=True,
            scale_sigma=0.08,
            surface_key=self.surface(listing),
            size_key=self.size(listing),
            figures={
                "measured_share": 0.81,
                "inferred_share": 0.19,
                "generated_share": 0.0,
                "faces": 45180.0,
            },
            notes=("4 photos see 90 % of the floor",),
        ).model_copy(update=changes)

    def _bedroom(self, listing: Listing) -> RoomReport:
        bedroom = listing.rooms[1]
        return RoomReport(
            room_id=bedroom.id,
            name=bedroom.name,
            status="impossible",
            reason="The two photos show different parts of the room.",
            advice="Take a third photo from the door that shows the bed and the window together.",
            photo_ids=bedroom.photo_ids,
            left_out={bedroom.photo_ids[1]: LeftOut(LeftOutReason.SHARES_NOTHING)},
        )

    def completed_report(self, listing: Listing, key: str, **views: object) -> None:
        """Store a report whose living room was completed with generated views (see :meth:`views`)."""
        views_key = self.views(listing, **views)
        self.report(
            listing,
            key,
            None,
            surface_key=self.surface(listing, completed=True),
            photo_surface_key=self.surface(listing),
            figures={
                "measured_share": 0.6,
                "inferred_share": 0.15,
                "generated_share": 0.25,
                "faces": 45180.0,
                "area_m2": 88.0,
            },
            photo_figures={"measured_share": 0.8, "inferred_share": 0.2, "faces": 30120.0, "area_m2": 66.0},
            views_key=views_key,
            layouts_key=self.layouts(listing),
            notes=("inpainting: the weights of Stable Diffusion are not there. planar stands in", "4 photos"),
        )

    def job(self, origin: str = "demo") -> str:
        """A job that waits."""
        job, _ = self.store.catalogue.create_job(origin, {"seed": 3}, key_of(origin), "cpu")
        return job.id

    def running_job(self, origin: str = "running", listing_id: str | None = None) -> str:
        """A job in the middle of a stage."""
        catalogue, job_id = self.store.catalogue, self.job(origin)
        if listing_id is not None:
            catalogue.set_job_listing(job_id, listing_id)
        catalogue.claim_job(job_id, "w")
        first = catalogue.start_stage(job_id, "collect", "", StageState.RUNNING, None)
        catalogue.update_stage(first, state=StageState.DONE, seconds=2.1)
        second = catalogue.start_stage(job_id, "cameras", "Living room", StageState.RUNNING, None)
        catalogue.update_stage(second, fraction=0.4, message="matching photo 3 of 8")
        catalogue.report_progress(job_id, "w", stage="cameras Living room", fraction=0.37, message="matching")
        return job_id

    def ended_job(self, state: JobState, origin: str, **why: str) -> str:
        """A job that ended."""
        job_id = self.running_job(origin)
        self.store.catalogue.finish_job(job_id, "w", state, **why)
        return job_id
