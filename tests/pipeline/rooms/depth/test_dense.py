"""From exact cameras to point maps, surface, texture and files, on a small textured box."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pygltflib
import pytest
from PIL import Image
from scipy.spatial.transform import Rotation

from benchmarks.metrics import depth_errors
from pipeline.progress import Cancelled, Progress
from pipeline.rooms import backends
from pipeline.rooms.depth.dense import DenseSettings, dense_point_maps
from pipeline.rooms.photos.room_photo import RoomPhoto
from pipeline.rooms.scene.errors import EmptySurface
from pipeline.rooms.scene.point_maps import PointMaps, Source
from pipeline.rooms.scene.surface_samples import SurfaceSamples, merge
from pipeline.rooms.surface.export import (
    linear_u16,
    write_cameras_json,
    write_colmap_text,
    write_depth_maps,
    write_mesh_glb,
    write_mesh_ply,
    write_points_glb,
    write_points_ply,
    write_textured_glb,
    write_transforms_json,
)
from pipeline.rooms.surface.surface import Surface, SurfaceSettings, painted, reconstruct_surface
from pipeline.rooms.surface.texture import TexturedSurface, exposure_gains, split_long_edges, texture_surface
from tests.pipeline.rooms.shown_mesh import shares_of
from tests.pipeline.rooms.textured_box import Shot, as_photos, shots, true_cameras

COARSE = SurfaceSettings(voxel_m=0.06, max_faces=8000)


class Built:
    """Everything made of one small room, once for all tests."""

    def __init__(self, folder: Path) -> None:
        self.shots: list[Shot] = shots(160)
        self.photos: list[RoomPhoto] = as_photos(self.shots, folder)
        self.maps: PointMaps = dense_point_maps(
            self.photos, true_cameras(self.shots), DenseSettings(max_px=160)
        )
        self.surface: Surface = reconstruct_surface(self.maps, COARSE)
        self.textured: TexturedSurface = texture_surface(self.surface, self.maps, self.photos)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    return Built(tmp_path_factory.mktemp("box"))


def test_depth_is_right_and_nearly_every_pixel_has_a_point(built: Built) -> None:
    for view, shot in zip(built.maps.views, built.shots, strict=True):
        errors = depth_errors(view.depth_m(), shot.depth_m)
        assert errors.abs_rel < 0.05
        assert view.valid.mean() >= 0.98
    measured = np.mean([(view.source == Source.MEASURED).mean() for view in built.maps.views])
    assert measured > 0.3


def test_the_room_frame_has_its_floor_at_zero_and_a_scale_with_uncertainty(built: Built) -> None:
    assert built.maps.metric
    assert built.maps.scale_sigma is not None
    assert 0.02 < built.maps.scale_sigma < 0.5
    heights = np.concatenate([view.points[view.source == Source.MEASURED][:, 2] for view in built.maps.views])
    assert np.quantile(heights, 0.02) == pytest.approx(0.0, abs=0.1)
    assert all(0.8 < view.centre[2] < 2.2 for view in built.maps.views)


def test_point_maps_survive_a_round_trip(built: Built, tmp_path: Path) -> None:
    built.maps.save(tmp_path)
    loaded = PointMaps.load(tmp_path)
    assert loaded.notes == built.maps.notes
    assert np.array_equal(loaded.views[1].points, built.maps.views[1].points, equal_nan=True)


def test_dense_work_can_be_cancelled(built: Built) -> None:
    def sink(fraction: float, message: str) -> None:
        if fraction > 0.1:
            raise Cancelled

    with pytest.raises(Cancelled):
        dense_point_maps(built.photos, true_cameras(built.shots), DenseSettings(max_px=64), Progress(sink))


def test_faces_look_at_the_cameras_and_walls_are_where_they_are(built: Built) -> None:
    surface = built.surface
    corner = surface.vertices[surface.faces].astype(float)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    centre = np.mean([view.centre for view in built.maps.views], axis=0)
    toward = ((centre - corner[:, 0]) * normal).sum(axis=1) > 0
    assert toward.mean() > 0.85
    assert 100 < len(surface.faces) <= COARSE.max_faces
    span = np.ptp(surface.vertices, axis=0)
    assert span.max() < 7
    assert surface.stats["area_m2"] > 10


def test_a_sheet_seen_from_in_front_keeps_no_back() -> None:
    corners = np.array([[x, y, z] for z in (0.0, 0.03) for x in (0.0, 1.0) for y in (0.0, 1.0)])
    back, front = np.array([[0, 1, 2], [1, 3, 2]]), np.array([[4, 6, 5], [5, 6, 7]])
    grid = np.array([[x, y, 0.03] for x in np.linspace(0, 1, 11) for y in np.linspace(0, 1, 11)])
    count = len(grid)
    seen = SurfaceSamples(
        points=grid,
        normals=np.tile([0.0, 0.0, 1.0], (count, 1)),
        colors=np.full((count, 3), 0.5),
        weight=np.ones(count),
        source=np.full(count, Source.MEASURED, np.uint8),
    )
    surface = painted(corners, np.concatenate([front, front, back]), seen)
    assert len(surface.vertices) == 4
    assert (surface.vertices[:, 2] > 0.02).all()
    assert (surface.normals[:, 2] > 0.99).all()


def test_surfaces_survive_a_round_trip(built: Built, tmp_path: Path) -> None:
    built.surface.save(tmp_path)
    loaded = Surface.load(tmp_path)
    assert np.array_equal(loaded.faces, built.surface.faces)
    assert loaded.stats == built.surface.stats


def test_nothing_confident_is_a_clear_error(built: Built) -> None:
    empty = [replace(view, confidence=np.zeros_like(view.confidence)) for view in built.maps.views]
    with pytest.raises(EmptySurface, match="confident"):
        reconstruct_surface(replace(built.maps, views=tuple(empty)))


def area_m2(vertices: np.ndarray, faces: np.ndarray) -> float:
    corner = vertices[faces].astype(float)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    return float(np.linalg.norm(normal, axis=1).sum() / 2)


def test_textured_faces_show_what_the_photo_shows(built: Built) -> None:
    t = built.textured
    assert area_m2(t.vertices, t.textured_faces) > 3 * area_m2(t.vertices, t.plain_faces)
    assert t.uv.min() >= 0
    assert t.uv.max() <= 1
    middle = t.uv[t.textured_faces].mean(axis=1)
    x = np.clip((middle[:, 0] * t.atlas.shape[1]).astype(int), 0, t.atlas.shape[1] - 1)
    y = np.clip((middle[:, 1] * t.atlas.shape[0]).astype(int), 0, t.atlas.shape[0] - 1)
    shown, vertex = t.atlas[y, x].astype(float), t.colors[t.textured_faces].mean(axis=1)
    assert np.corrcoef(shown.ravel(), vertex.ravel())[0, 1] > 0.5


def test_splitting_edges_keeps_the_area_and_shortens_every_edge() -> None:
    vertices = np.array([[0, 0, 0], [2, 0, 0], [2, 1, 0], [0, 1, 0.0]])
    faces = np.array([[0, 1, 2], [0, 2, 3]])
    new, split, origin = split_long_edges(vertices, faces, 0.4)
    corner = new[split]
    assert np.linalg.norm(corner - np.roll(corner, 1, axis=1), axis=2).max() <= 0.4
    cross = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    assert cross[:, 2].min() > 0
    assert 0.5 * cross[:, 2].sum() == pytest.approx(2.0, rel=1e-5)
    assert origin.max() < 4


def test_a_darker_photo_gets_a_larger_gain(built: Built) -> None:
    views = list(built.maps.views)
    views[0] = replace(views[0], image=(views[0].image * 0.7).astype(np.uint8))
    gains = exposure_gains(replace(built.maps, views=tuple(views)))
    assert gains[0].min() > 1.2 * gains[1:].max()


def test_glb_files_open_with_y_up_and_linear_colours(built: Built, tmp_path: Path) -> None:
    write_mesh_glb(built.surface, tmp_path / "mesh.glb", {"backend": "classical"})
    document = pygltflib.GLTF2().load(str(tmp_path / "mesh.glb"))
    assert document.asset.extras["backend"] == "classical"
    assert document.materials[0].extensions == {"KHR_materials_unlit": {}}
    assert not document.materials[0].doubleSided
    primitives = document.meshes[0].primitives
    assert {p.extras["source"] for p in primitives} <= {"measured", "inferred", "generated"}
    assert [document.materials[p.material].name for p in primitives] == [p.extras["source"] for p in primitives]
    corners = sum(document.accessors[p.indices].count for p in primitives)
    assert corners == 3 * len(built.surface.faces)
    source = document.accessors[primitives[0].attributes._SOURCE]
    assert source.count == len(built.surface.vertices)
    position = document.accessors[primitives[0].attributes.POSITION]
    assert position.count == len(built.surface.vertices)
    assert position.max[1] == pytest.approx(float(built.surface.vertices[:, 2].max()), abs=1e-5)
    assert linear_u16(np.array([[0, 255, 188]], np.uint8)).tolist() == [[0, 65535, 32957, 65535]]
    write_points_glb(built.maps, tmp_path / "points.glb", max_points=500)
    points = pygltflib.GLTF2().load(str(tmp_path / "points.glb"))
    assert points.meshes[0].primitives[0].mode == pygltflib.POINTS
    positions = [p.attributes.POSITION for p in points.meshes[0].primitives]
    assert sum(points.accessors[position].count for position in positions) == 500
    write_textured_glb(built.textured, tmp_path / "room.glb")
    room = pygltflib.GLTF2().load(str(tmp_path / "room.glb"))
    assert room.images[0].mimeType == "image/jpeg"
    view = room.bufferViews[room.images[0].bufferView]
    (tmp_path / "atlas.jpg").write_bytes(
        room.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    )
    with Image.open(tmp_path / "atlas.jpg") as atlas:
        assert atlas.size == (built.textured.atlas.shape[1], built.textured.atlas.shape[0])


def test_shares_are_of_the_area_that_is_shown_and_not_of_the_pixels(built: Built, tmp_path: Path) -> None:
    low = built.surface.vertices[:, 2] < np.median(built.surface.vertices[:, 2])
    source = np.where(low, Source.INFERRED, Source.MEASURED).astype(np.uint8)
    textured = texture_surface(replace(built.surface, source=source), built.maps, built.photos)
    shares = textured.shares()
    assert sum(shares.values()) == pytest.approx(1)
    assert shares["generated_share"] == 0
    write_textured_glb(textured, tmp_path / "room.glb")
    shown_shares = shares_of(tmp_path / "room.glb")
    for name in ("measured", "inferred"):
        assert 0.1 < shares[f"{name}_share"] < 0.9
        assert shares[f"{name}_share"] == pytest.approx(shown_shares[name], abs=1e-4)


def test_ply_files_hold_what_their_headers_say(built: Built, tmp_path: Path) -> None:
    import open3d as o3d

    write_mesh_ply(built.surface, tmp_path / "mesh.ply")
    mesh = o3d.io.read_triangle_mesh(tmp_path / "mesh.ply")
    assert np.allclose(np.asarray(mesh.vertices), built.surface.vertices, atol=1e-6)
    assert np.array_equal(np.asarray(mesh.triangles), built.surface.faces)
    write_points_ply(built.maps, tmp_path / "points.ply", max_points=1000)
    assert len(o3d.io.read_point_cloud(tmp_path / "points.ply").points) == 1000


def test_depth_maps_are_millimetres(built: Built, tmp_path: Path) -> None:
    write_depth_maps(built.maps, tmp_path)
    assert len(list(tmp_path.glob("depth_*.png"))) == len(built.maps.views)
    view = built.maps.views[1]
    with Image.open(tmp_path / "depth_001.png") as picture:
        written = np.asarray(picture)
    assert np.abs(written[view.valid] / 1000 - view.depth_m()[view.valid]).max() <= 0.0006


def test_generated_points_stay_apart_from_photographed_ones() -> None:
    point, normal = np.zeros((3, 3)), np.tile([0.0, 0.0, 1.0], (3, 1))
    kinds = np.array([Source.MEASURED, Source.GENERATED, Source.GENERATED], np.uint8)
    for weights, kind in (([1.0, 0.2, 0.2], Source.MEASURED), ([0.3, 0.2, 0.2], Source.GENERATED)):
        merged = merge(SurfaceSamples(point, normal, point, np.array(weights), kinds), 0.1)
        assert merged.source.tolist() == [kind]


def test_camera_files_agree_with_each_other(built: Built, tmp_path: Path) -> None:
    write_cameras_json(built.maps, tmp_path / "cameras.json")
    write_transforms_json(built.maps, tmp_path / "transforms.json")
    write_colmap_text(built.maps, tmp_path / "colmap")
    c2w = np.array(json.loads((tmp_path / "cameras.json").read_text())["frames"][0]["c2w"])
    nerf = np.array(json.loads((tmp_path / "transforms.json").read_text())["frames"][0]["transform_matrix"])
    assert np.allclose(nerf, c2w @ np.diag([1, -1, -1, 1]))
    fields = (tmp_path / "colmap" / "images.txt").read_text().splitlines()[0].split()
    w, x, y, z, *shift = (float(value) for value in fields[1:8])
    camera_from_world = np.eye(4)
    camera_from_world[:3, :3] = Rotation.from_quat([x, y, z, w]).as_matrix()
    camera_from_world[:3, 3] = shift
    assert np.allclose(np.linalg.inv(camera_from_world), c2w)


def test_backends_are_chosen_by_name() -> None:
    backend, why = backends.choose()
    assert backend.name == "classical"
    assert why
    with pytest.raises(ValueError, match="unknown room backend 'magic'"):
        backends.choose("magic")
