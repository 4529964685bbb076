"""The demo listing: synthetic by its own word, exact in its ground truth, the same every time."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial import cKDTree

from pipeline.demo.source import REVIEWS_FILE, DemoSource
from pipeline.progress import Cancelled
from scrapers.errors import BadReviewsFile
from scrapers.listing import Listing

REVIEWS = [
    {"id": "a", "text": "Lovely place.", "language": "en", "date": "2025-05-01", "rating": 5},
    {
        "id": "b",
        "text": "Un peu bruyant.",
        "language": "fr",
        "date": "2025-06-02",
        "rating": 4,
        "response": "Merci",
    },
]
SIZE_PX = (120, 80)


def _source(folder: Path, **options: object) -> DemoSource:
    reviews = folder / "reviews.json"
    reviews.write_text(json.dumps(REVIEWS), encoding="utf-8")
    chosen = {"size_px": SIZE_PX, "samples": 1, "rooms": ("bedroom",), "views_per_room": 2, **options}
    return DemoSource(reviews_file=reviews, **chosen)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Listing]:
    folder = tmp_path_factory.mktemp("demo")
    return folder, _source(folder).collect(folder)


@pytest.fixture(scope="module")
def cameras(rendered: tuple[Path, Listing]) -> dict[str, object]:
    path = rendered[0] / "ground_truth" / "bedroom" / "cameras.json"
    loaded: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _frames(cameras: dict[str, object]) -> list[dict[str, object]]:
    frames = cameras["frames"]
    assert isinstance(frames, list)
    return frames


def _mesh(path: Path) -> tuple[np.ndarray, np.ndarray]:
    head, body = path.read_bytes().split(b"end_header\n", 1)
    counts = {
        row.split()[1]: int(row.split()[2]) for row in head.decode().splitlines() if row.startswith("element")
    }
    vertices = np.frombuffer(body, "<f4", 3 * counts["vertex"]).reshape(-1, 3)
    table = np.frombuffer(body[vertices.nbytes :], [("n", "u1"), ("i", "<i4", 3)], counts["face"])
    return vertices, table["i"]


def _unprojected(folder: Path, frame: dict[str, object]) -> np.ndarray:
    depth_m = np.asarray(Image.open(folder / str(frame["depth"]))) / 1000.0
    y, x = np.nonzero(depth_m)
    local = np.linalg.inv(np.array(frame["K"])) @ np.stack([x, y, np.ones_like(x)]) * depth_m[y, x]
    c2w = np.array(frame["c2w"])
    points: np.ndarray = (c2w[:3, :3] @ local).T + c2w[:3, 3]
    return points


def test_it_says_that_it_is_synthetic(rendered: tuple[Path, Listing]) -> None:
    listing = rendered[1]
    assert listing.synthetic
    assert listing.id == listing.source == "demo"
    assert "synthetic" in listing.title and "synthetic" in str(listing.description)
    assert listing.latitude is None and listing.longitude is None
    assert "invented" in listing.provenance["price"]
    assert Listing.model_validate_json(listing.model_dump_json()) == listing


def test_reviews_are_read_as_they_are(rendered: tuple[Path, Listing]) -> None:
    listing = rendered[1]
    assert [review.text for review in listing.reviews] == ["Lovely place.", "Un peu bruyant."]
    assert listing.reviews[1].date == dt.date(2025, 6, 2)
    assert listing.reviews[1].response == "Merci"
    assert (listing.rating, listing.review_count) == (4.5, 2)


def test_exif_tells_the_focal_length_of_the_exact_camera(
    rendered: tuple[Path, Listing], cameras: dict[str, object]
) -> None:
    folder, listing = rendered
    for photo, frame in zip(listing.photos, _frames(cameras), strict=True):
        with Image.open(folder / photo.file) as image:
            exif = image.getexif()
            focal_35mm = exif.get_ifd(0x8769)[0xA405]
            assert f"{exif[0x010F]} {exif[0x0110]}" == photo.camera
            assert image.size == (photo.width_px, photo.height_px) == SIZE_PX
        focal_px = np.array(frame["K"])[0, 0]
        assert focal_35mm / 36 * photo.width_px == pytest.approx(focal_px) == photo.focal_px


def test_photos_show_something(rendered: tuple[Path, Listing]) -> None:
    folder, listing = rendered
    assert listing.rooms[0].photo_ids == tuple(photo.id for photo in listing.photos)
    for photo in listing.photos:
        pixels = np.asarray(Image.open(folder / photo.file).convert("L"), np.float64)
        assert 60 < pixels.mean() < 220
        assert pixels.std() > 25
        assert np.mean((pixels > 5) & (pixels < 250)) > 0.6


def test_depth_unprojects_onto_the_mesh(rendered: tuple[Path, Listing], cameras: dict[str, object]) -> None:
    truth = rendered[0] / "ground_truth" / "bedroom"
    vertices, faces = _mesh(truth / "mesh.ply")
    corners = vertices[faces].astype(np.float64)
    rng = np.random.default_rng(0)
    area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
    chosen = corners[rng.choice(len(corners), 300_000, p=area / area.sum())]
    weights = rng.dirichlet((1, 1, 1), len(chosen))
    tree = cKDTree(np.einsum("nc,ncx->nx", weights, chosen))
    for frame in _frames(cameras):
        distance, _ = tree.query(_unprojected(truth, frame))
        assert np.median(distance) < 0.012
        assert np.quantile(distance, 0.99) < 0.05


def test_layout_names_the_plane_that_bounds_the_room_there(
    rendered: tuple[Path, Listing], cameras: dict[str, object]
) -> None:
    truth = rendered[0] / "ground_truth" / "bedroom"
    low, high = np.array(cameras["room_box_min"]), np.array(cameras["room_box_max"])
    planes = {1: (2, low), 2: (2, high), 3: (0, low), 4: (0, high), 5: (1, low), 6: (1, high)}
    for frame in _frames(cameras):
        layout = np.asarray(Image.open(truth / str(frame["layout"])))
        depth = np.asarray(Image.open(truth / str(frame["depth"])))
        points = _unprojected(truth, frame)
        assert set(np.unique(layout)) <= set(planes)
        assert layout[0].min() >= 2, "the top row looks at the ceiling or at walls"
        for label, (axis, bound) in planes.items():
            here = points[layout[depth > 0] == label][:, axis]
            beyond = (here - bound[axis]) * (1 if bound is high else -1)
            recess = 0.31 if label == 6 else 0.002
            assert np.all(beyond < recess)
            if label == 2 and len(here):
                assert np.median(np.abs(here - bound[axis])) < 0.002


def test_the_same_seed_gives_the_same_bytes(rendered: tuple[Path, Listing], tmp_path: Path) -> None:
    folder, listing = rendered
    again = _source(tmp_path).collect(tmp_path)
    assert [photo.id for photo in again.photos] == [photo.id for photo in listing.photos]
    for file in sorted((folder / "ground_truth").rglob("*.*")):
        assert (tmp_path / file.relative_to(folder)).read_bytes() == file.read_bytes()


def test_the_fingerprint_follows_options_and_reviews(tmp_path: Path) -> None:
    first = _source(tmp_path)
    assert first.fingerprint() == _source(tmp_path).fingerprint()
    assert first.fingerprint() != _source(tmp_path, views_per_room=3).fingerprint()
    (tmp_path / "reviews.json").write_text("[]", encoding="utf-8")
    assert first.fingerprint() != _source(tmp_path / ".", samples=4).fingerprint()
    before = first.fingerprint()
    (tmp_path / "reviews.json").write_text("[ ]", encoding="utf-8")
    assert first.fingerprint() != before


@pytest.mark.parametrize(
    "option",
    [{"samples": 5}, {"size_px": (8, 8)}, {"rooms": ("kitchen",)}, {"rooms": ()}, {"views_per_room": 0}],
    ids=str,
)
def test_options_out_of_range_are_refused_with_the_possible_values(
    tmp_path: Path, option: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"take|must lie|name one"):
        _source(tmp_path, **option)


def test_missing_or_broken_reviews_are_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadReviewsFile, match="cannot be read"):
        DemoSource(reviews_file=tmp_path / "none.json").fingerprint()
    broken = tmp_path / "broken.json"
    broken.write_text('[{"id": "a"}]', encoding="utf-8")
    with pytest.raises(BadReviewsFile, match="text"):
        DemoSource(reviews_file=broken).collect(tmp_path)


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.01:
            raise Cancelled

    with pytest.raises(Cancelled):
        _source(tmp_path).collect(tmp_path, stop)


def test_the_bundled_reviews_fit_the_contract(tmp_path: Path) -> None:
    assert REVIEWS_FILE.is_file()
    assert len(DemoSource().fingerprint()) == 64
    reviews = json.loads(REVIEWS_FILE.read_text(encoding="utf-8"))
    assert {"en", "ko", "fr", "es", "de"} <= {review["language"] for review in reviews}
