"""Rendered photos and their ground truth: exact, and the same every time."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.spatial import cKDTree

from pipeline.progress import Cancelled
from tools.demo_renderer.photographs import CAMERA_NAME
from tools.demo_renderer.rendered import RenderSettings, render_demo

SIZE_PX = (120, 80)
SETTINGS = RenderSettings(size_px=SIZE_PX, samples=1, rooms=("bedroom",), views_per_room=2)
Rendered = tuple[Path, list[Path]]


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Rendered:
    """The folder of a small rendering, and its photos."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, render_demo(folder, SETTINGS)["bedroom"]


@pytest.fixture(scope="module")
def cameras(rendered: Rendered) -> dict[str, object]:
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


def test_exif_tells_the_focal_length_of_the_exact_camera(
    rendered: Rendered, cameras: dict[str, object]
) -> None:
    folder, photos = rendered
    for photo, frame in zip(photos, _frames(cameras), strict=True):
        assert (folder / "ground_truth" / "bedroom" / str(frame["image"])).resolve() == photo.resolve()
        with Image.open(photo) as image:
            exif = image.getexif()
            focal_35mm = exif.get_ifd(0x8769)[0xA405]
            assert f"{exif[0x010F]} {exif[0x0110]}" == CAMERA_NAME
            assert image.size == (frame["width"], frame["height"]) == SIZE_PX
        assert focal_35mm / 36 * SIZE_PX[0] == pytest.approx(np.array(frame["K"])[0, 0])


def test_photos_show_something(rendered: Rendered) -> None:
    for photo in rendered[1]:
        pixels = np.asarray(Image.open(photo).convert("L"), np.float64)
        assert 60 < pixels.mean() < 220
        assert pixels.std() > 25
        assert np.mean((pixels > 5) & (pixels < 250)) > 0.6


def test_depth_unprojects_onto_the_mesh(rendered: Rendered, cameras: dict[str, object]) -> None:
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
    rendered: Rendered, cameras: dict[str, object]
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


def test_the_same_seed_gives_the_same_bytes(rendered: Rendered, tmp_path: Path) -> None:
    folder, _ = rendered
    render_demo(tmp_path, SETTINGS)
    for file in sorted(folder.rglob("*.*")):
        assert (tmp_path / file.relative_to(folder)).read_bytes() == file.read_bytes()


@pytest.mark.parametrize(
    "option",
    [{"samples": 5}, {"size_px": (8, 8)}, {"rooms": ("kitchen",)}, {"rooms": ()}, {"views_per_room": 0}],
    ids=str,
)
def test_options_out_of_range_are_refused_with_the_possible_values(option: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"take|must lie|name one"):
        RenderSettings(**option)  # type: ignore[arg-type]


def test_it_can_be_cancelled(tmp_path: Path) -> None:
    def stop(fraction: float, message: str) -> None:
        if fraction > 0.01:
            raise Cancelled

    with pytest.raises(Cancelled):
        render_demo(tmp_path, SETTINGS, stop)
