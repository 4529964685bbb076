"""A small invented store for the dashboard's tests: listings, a room in 3D, reviews, jobs in every state."""

import datetime as dt
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw
from pygltflib import (
    ARRAY_BUFFER,
    ELEMENT_ARRAY_BUFFER,
    FLOAT,
    GLTF2,
    POINTS,
    UNSIGNED_INT,
    UNSIGNED_SHORT,
    Accessor,
    Asset,
    Attributes,
    Buffer,
    BufferView,
    Material,
    Mesh,
    Node,
    Primitive,
    Scene,
)

from pipeline.report import ListingReport, RoomReport
from pipeline.reviews.report import (
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

ROOM_M = np.array([5.0, 4.0, 2.6])
SCRIPT_TITLE = "River flat <script>alert(1)</script> & **sons**"


def key_of(name: str) -> str:
    """A key for a stored result of this name."""
    return hashlib.sha256(name.encode()).hexdigest()


def _wall(
    corner: list[float], along: list[float], up: list[float], colour: list[float], steps: int = 48
) -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], np.ndarray]:
    """A subdivided rectangle that faces ``along x up``, with a soft pattern."""
    grid = np.linspace(0, 1, steps)
    u, v = np.meshgrid(grid, grid)
    points = np.array(corner) + u[..., None] * np.array(along) + v[..., None] * np.array(up)
    shade = 0.78 + 0.22 * np.clip(4 * u * (1 - u), 0, 1) * np.clip(2.5 * v * (1.4 - v), 0, 1)
    stripes = 1 - 0.07 * (np.floor(u * 10) % 2)
    colours = np.array(colour) * (shade * stripes)[..., None]
    window = (np.abs(u - 0.5) < 0.17) & (np.abs(v - 0.6) < 0.2)
    if up[2] > 0 and colour[0] > 0.7:
        colours[window] = [0.72, 0.86, 0.97]
    index = np.arange(steps * steps).reshape(steps, steps)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    return points.reshape(-1, 3), colours.reshape(-1, 3), faces


def box_room() -> tuple[Float[np.ndarray, "N 3"], Float[np.ndarray, "N 3"], np.ndarray]:
    """Points (room frame, z up), sRGB colours and faces of a room whose walls face inwards."""
    w, d, h = ROOM_M
    sides = [
        _wall([0, 0, 0], [w, 0, 0], [0, d, 0], [0.62, 0.45, 0.3]),
        _wall([0, d, h], [w, 0, 0], [0, -d, 0], [0.95, 0.95, 0.93]),
        _wall([0, d, 0], [w, 0, 0], [0, 0, h], [0.88, 0.85, 0.8]),
        _wall([w, 0, 0], [-w, 0, 0], [0, 0, h], [0.85, 0.85, 0.8]),
        _wall([0, 0, 0], [0, d, 0], [0, 0, h], [0.55, 0.68, 0.62]),
        _wall([w, d, 0], [0, -d, 0], [0, 0, h], [0.9, 0.84, 0.76]),
        _wall([1.5, 1.2, 0.02], [2.2, 0, 0], [0, 1.6, 0], [0.7, 0.3, 0.28]),
        _wall([0.5, 3.0, 0.45], [1.8, 0, 0], [0, 0.8, 0], [0.3, 0.42, 0.55]),
        _wall([0.5, 3.0, 0], [1.8, 0, 0], [0, 0, 0.45], [0.26, 0.36, 0.48]),
        _wall([2.3, 3.0, 0], [0, 0.8, 0], [0, 0, 0.45], [0.24, 0.34, 0.45]),
    ]
    points, colours, faces, start = [], [], [], 0
    for side_points, side_colours, side_faces in sides:
        points.append(side_points)
        colours.append(side_colours)
        faces.append(side_faces + start)
        start += len(side_points)
    return np.concatenate(points), np.concatenate(colours), np.concatenate(faces)


def write_glb(path: Path, *, points_only: bool = False) -> None:
    """The box room as GLB: y up, linear 16-bit vertex colours, unlit."""
    points, colours, faces = box_room()
    gltf_points = np.stack([points[:, 0], points[:, 2], -points[:, 1]], axis=1).astype(np.float32)
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    rgba = np.concatenate([linear, np.ones((len(linear), 1))], axis=1)
    blobs = [gltf_points.tobytes(), np.round(rgba * 65535).astype(np.uint16).tobytes()]
    accessors = [
        Accessor(
            bufferView=0,
            componentType=FLOAT,
            count=len(points),
            type="VEC3",
            min=gltf_points.min(0).tolist(),
            max=gltf_points.max(0).tolist(),
        ),
        Accessor(bufferView=1, componentType=UNSIGNED_SHORT, normalized=True, count=len(points), type="VEC4"),
    ]
    primitive = Primitive(attributes=Attributes(POSITION=0, COLOR_0=1), material=0)
    if points_only:
        primitive.mode = POINTS
    else:
        blobs.append(faces.astype(np.uint32).tobytes())
        accessors.append(Accessor(bufferView=2, componentType=UNSIGNED_INT, count=faces.size, type="SCALAR"))
        primitive.indices = 2
    views, offset = [], 0
    for number, blob in enumerate(blobs):
        target = ELEMENT_ARRAY_BUFFER if number == 2 else ARRAY_BUFFER
        views.append(BufferView(buffer=0, byteOffset=offset, byteLength=len(blob), target=target))
        offset += len(blob)
    gltf = GLTF2(
        asset=Asset(version="2.0"),
        scene=0,
        scenes=[Scene(nodes=[0])],
        nodes=[Node(mesh=0)],
        meshes=[Mesh(primitives=[primitive])],
        materials=[Material(extensions={"KHR_materials_unlit": {}})],
        extensionsUsed=["KHR_materials_unlit"],
        buffers=[Buffer(byteLength=offset)],
        bufferViews=views,
        accessors=accessors,
    )
    gltf.set_binary_blob(b"".join(blobs))
    gltf.save_binary(path)


def _look_at(eye: Float[np.ndarray, "3"], target: Float[np.ndarray, "3"]) -> list[list[float]]:
    forward = (target - eye) / np.linalg.norm(target - eye)
    right = np.cross(forward, [0, 0, 1])
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, 0], pose[:3, 1], pose[:3, 2], pose[:3, 3] = right, np.cross(forward, right), forward, eye
    return [[float(x) for x in row] for row in pose]


def _cameras(photo_ids: list[str]) -> dict[str, object]:
    centre = ROOM_M / 2
    frames = []
    for index, photo_id in enumerate(photo_ids):
        angle = 0.5 + index * 2 * np.pi / len(photo_ids)
        eye = centre + np.array([1.7 * np.cos(angle), 1.3 * np.sin(angle), 0.15])
        target = centre - np.array([1.5 * np.cos(angle), 1.5 * np.sin(angle), 0.3])
        K = [[300.0, 0.0, 240.0], [0.0, 300.0, 160.0], [0.0, 0.0, 1.0]]
        frames.append({"name": photo_id, "width": 480, "height": 320, "K": K, "c2w": _look_at(eye, target)})
    return {"convention": "OpenCV, world_from_camera, room frame: z up, metres", "frames": frames}


def _photo(path: Path, number: int) -> None:
    tints = [
        (226, 214, 196),
        (196, 214, 208),
        (214, 205, 224),
        (230, 222, 205),
        (200, 212, 226),
        (220, 200, 190),
    ]
    image = Image.new("RGB", (960, 640), tints[number % len(tints)])
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 640), (960, 640), (760, 430), (200, 430)], fill=(164, 124, 88))
    draw.rectangle(
        (360 + 20 * number, 130, 600 + 20 * number, 340),
        fill=(196, 224, 243),
        outline=(250, 250, 248),
        width=10,
    )
    draw.rounded_rectangle((120, 380 + 4 * number, 470, 520), 24, fill=(72, 104 + 12 * number, 128))
    draw.ellipse((600, 480, 860, 580), fill=(168, 74, 66))
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, quality=88)


def _listing(folder: Path, listing_id: str, title: str, *, synthetic: bool, reviews: int) -> Listing:
    photos = []
    for number in range(7):
        file = f"photos/{number:02d}.jpg"
        _photo(folder / file, number)
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

    def surface(self, listing: Listing) -> str:
        """Store the box room as the surface of the living room."""
        folder = self._folder(f"{listing.id}-surface")
        write_glb(folder / "mesh.glb")
        write_glb(folder / "points.glb", points_only=True)
        (folder / "mesh.ply").write_bytes(b"ply\n")
        (folder / "points.ply").write_bytes(b"ply\n")
        placed = list(listing.rooms[0].photo_ids[:4])
        (folder / "cameras.json").write_text(json.dumps(_cameras(placed)))
        return self.put(f"{listing.id}-surface", folder, "surface")

    def reviews(self, listing: Listing) -> str:
        """Store a review report."""
        folder = self._folder(f"{listing.id}-reviews")
        invented_report(listing).save(folder)
        return self.put(f"{listing.id}-reviews", folder, "topics")

    def report(self, listing: Listing, key: str, reviews_key: str | None) -> None:
        """Store a report: the living room built, the bedroom impossible."""
        living, bedroom = listing.rooms
        rooms = (
            RoomReport(
                room_id=living.id,
                name=living.name,
                status="built",
                backend="classical",
                backend_why="no learned weights are installed",
                photo_ids=living.photo_ids,
                placed=living.photo_ids[:4],
                left_out={living.photo_ids[4]: "It shares too little with the other photos."},
                metric=True,
                scale_sigma=0.08,
                surface_key=self.surface(listing),
                figures={
                    "share_measured": 0.81,
                    "share_inferred": 0.12,
                    "share_generated": 0.0,
                    "faces": 45180.0,
                },
                notes=("4 photos see 90 % of the floor",),
            ),
            RoomReport(
                room_id=bedroom.id,
                name=bedroom.name,
                status="impossible",
                reason="The two photos show different parts of the room.",
                advice="Take a third photo from the door that shows the bed and the window together.",
                photo_ids=bedroom.photo_ids,
                left_out={bedroom.photo_ids[1]: "No point in common with another photo."},
            ),
        )
        report = ListingReport(
            listing_id=listing.id, listing_key=key, options={}, seed=0, rooms=rooms, reviews_key=reviews_key
        )
        folder = self._folder(f"{listing.id}-report")
        report.save(folder)
        report_key = self.put(f"{listing.id}-report", folder, "report")
        self.store.catalogue.put_report(listing.id, "job", report_key)

    def job(self, origin: str = "demo") -> str:
        """A job that waits."""
        job, _ = self.store.catalogue.create_job(origin, {"seed": 3}, key_of(origin), "cpu")
        return job.id

    def running_job(self, origin: str = "running") -> str:
        """A job in the middle of a stage."""
        catalogue, job_id = self.store.catalogue, self.job(origin)
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
