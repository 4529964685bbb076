"""Made rooms obey the laws of the pictures that they stand for."""

import math
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from scipy.ndimage import maximum_filter, minimum_filter

from pipeline.distill.rooms import Camera, Room, Side, View, dressing, fittings, materials, random_room
from pipeline.distill.rooms.build import Builder, Dice, Pose
from pipeline.distill.rooms.camera import HEIGHT_M, looking
from pipeline.distill.rooms.furnish import ROOMS
from pipeline.distill.rooms.raycast import cell_of
from pipeline.distill.rooms.texture import Texture
from pipeline.distill.rooms.view import camera_rays

SIZE = (96, 72)


@pytest.fixture(scope="module")
def rooms() -> list[tuple[Room, list[View]]]:
    """Rooms of every kind, each with overlapping views."""
    made = [random_room(seed, kind) for kind in ROOMS for seed in (3, 4)]
    return [(room, list(room.views(3, *SIZE))) for room in made]


@pytest.fixture(scope="module")
def views(rooms: list[tuple[Room, list[View]]]) -> list[View]:
    """All their views."""
    return [view for _, seen in rooms for view in seen]


def test_the_same_seed_gives_the_same_room_and_photos() -> None:
    one, two = (list(random_room(11).views(2, *SIZE)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a.rgb, b.rgb)
        assert np.array_equal(a.depth_m, b.depth_m)
        assert np.array_equal(a.camera.world_from_camera, b.camera.world_from_camera)


def test_a_smooth_view_differs_in_colour_alone() -> None:
    room = random_room(3)
    camera = next(room.cameras(*SIZE))
    plain, smooth = room.view(camera), room.view(camera, smooth=True)
    assert np.abs(plain.depth_m - smooth.depth_m).max() < 1e-5
    assert (plain.side == smooth.side).all()
    assert 0 < np.abs(plain.rgb.astype(float) - smooth.rgb).mean() < 25


def test_another_seed_gives_another_room() -> None:
    assert not np.array_equal(random_room(1).box_m, random_room(2).box_m)
    assert len({room.kind for room in map(random_room, range(40))}) == len(ROOMS)


def test_more_views_begin_with_the_same_ones() -> None:
    room = random_room(5)
    few, many = list(room.views(2, *SIZE)), list(room.views(3, *SIZE))
    assert [np.array_equal(a.rgb, b.rgb) for a, b in zip(few, many, strict=False)] == [True, True]


def test_no_view_sees_through_what_another_one_sees(rooms: list[tuple[Room, list[View]]]) -> None:
    """A point on a surface is never in front of what another view shows at its pixel."""
    agreeing = 0
    for _, (first, second, _) in rooms:
        seen = second.camera
        points = (first.points - seen.world_from_camera[:3, 3]) @ seen.world_from_camera[:3, :3]
        pixel = points @ seen.K.T
        with np.errstate(divide="ignore", invalid="ignore"):
            u, v = np.rint(pixel[..., 0] / pixel[..., 2]), np.rint(pixel[..., 1] / pixel[..., 2])
        held = (points[..., 2] > 0.1) & (u >= 0) & (v >= 0) & (u < SIZE[0]) & (v < SIZE[1])
        u, v, z = u[held].astype(int), v[held].astype(int), points[..., 2][held]
        nearest, farthest = minimum_filter(second.depth_m, 3)[v, u], maximum_filter(second.depth_m, 3)[v, u]
        assert (z < 0.97 * nearest).mean() < 0.01
        agreeing += int(((z > 0.98 * nearest) & (z < 1.02 * farthest)).sum())
    assert agreeing > 0.3 * len(rooms) * SIZE[0] * SIZE[1]


def test_floors_are_level_and_at_zero(views: list[View]) -> None:
    for view in views:
        floor = view.side == Side.FLOOR
        assert np.abs(view.points[floor][:, 1]).max(initial=0.0) < 0.07  # rugs and shower trays
        up = view.normal[floor] @ -view.camera.down
        assert (up > 0.95).mean() > 0.95 if floor.any() else True


def test_normals_are_those_of_the_depth(views: list[View]) -> None:
    """Where a surface is even, the cross product of the steps between its points is its normal."""
    for view in views:
        points = camera_rays(view.camera) * view.depth_m[..., None]
        across, down = points[1:-1, 2:] - points[1:-1, :-2], points[2:, 1:-1] - points[:-2, 1:-1]
        normal = np.cross(down, across)
        normal /= np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
        told = view.normal[1:-1, 1:-1]
        even = (view.normal[1:-1, 2:] * view.normal[1:-1, :-2]).sum(-1) > 0.999
        even &= (view.normal[2:, 1:-1] * view.normal[:-2, 1:-1]).sum(-1) > 0.999
        assert np.median((normal * told).sum(-1)[even]) > 0.999
        assert (told * camera_rays(view.camera)[1:-1, 1:-1]).sum(-1).max() < 1e-3  # towards the camera


def test_the_shell_is_behind_everything_and_is_what_walls_show(views: list[View]) -> None:
    """Chimneys and panels that fill a view are wall too, and stand in front of it by less than 70 cm."""
    medians = []
    for view in views:
        assert (view.box_depth_m - view.depth_m).min() > -1e-3
        shell = np.isin(view.side, (Side.WALL, Side.FLOOR)) & (view.instance == 0)
        medians.append(float(np.median((view.box_depth_m - view.depth_m)[shell])))
    assert np.median(medians) < 0.01
    assert np.mean(np.array(medians) < 0.05) > 0.85
    assert max(medians) < 0.7


def test_the_box_is_where_the_shell_is_seen(rooms: list[tuple[Room, list[View]]]) -> None:
    """No ray ends inside the main part of an empty room, unless a slope of the roof cuts it."""
    for room, seen in rooms:
        if room.arrays.slopes[0, 0, 1] != 0:
            continue
        for view in seen:
            pose = view.camera.world_from_camera
            ends = camera_rays(view.camera) * view.box_depth_m[..., None] @ pose[:3, :3].T + pose[:3, 3]
            low, high = room.box_m
            inside = ((ends > low + 2e-3) & (ends < high - 2e-3)).all(axis=-1)
            assert not inside.any()


def test_things_have_instances_and_surfaces_have_none(views: list[View]) -> None:
    for view in views:
        assert ((view.instance > 0) == (view.side == Side.THING)).all()
    assert len({int(number) for view in views for number in np.unique(view.instance)}) > 5


def test_pictures_and_screens_on_walls_are_wall() -> None:
    """What is thin belongs to the surface it lies on: a bedroom's walls stay flat to 30 cm."""
    for seed in range(6):
        room = random_room(seed, "bedroom")
        low, high = room.box_m
        for camera in islice(room.cameras(*SIZE), 2):
            view = room.view(camera)
            points = view.points[(view.side == Side.WALL)]
            deep = ((points > low + 0.3) & (points < high - 0.3))[:, [0, 2]].all(axis=1)
            breast = room.arrays.geo[(room.arrays.sides == Side.WALL) & (room.arrays.geo[:, 4] > 1.9)]
            assert deep.mean() < 0.02 or len(breast)


def test_the_horizon_is_where_far_points_of_the_cameras_height_are(views: list[View]) -> None:
    for view in views:
        camera = view.camera
        pose = camera.world_from_camera
        forward = pose[:3, 2] * [1, 0, 1]
        far = pose[:3, 3] + 1e6 * forward / np.linalg.norm(forward)
        pixel = camera.K @ (pose[:3, :3].T @ (far - pose[:3, 3]))
        u, v = pixel[:2] / pixel[2]
        row, slope = camera.horizon
        assert v == pytest.approx(row + slope * (u - camera.K[0, 2]), abs=0.01)


def test_cameras_stand_in_the_room_at_a_photographers_height(views: list[View]) -> None:
    for view in views:
        assert HEIGHT_M[0] - 1e-9 <= view.camera.height_m <= HEIGHT_M[1] + 1e-9
        assert np.median(view.depth_m) > 0.5


def test_few_cameras_stand_behind_furniture(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a quarter of them there the eye took for a thing whatever fills the lower half."""
    monkeypatch.setattr(Room, "_behind_something", lambda _self, _dice: (-1.0, -1.0))
    room, dice = random_room(5, "bedroom"), Dice(1)
    behind = np.mean([room._standing(dice) == (-1.0, -1.0) for _ in range(600)])
    assert 0.03 < behind < 0.12


def test_floors_are_bare_glossy_or_carpeted_often_enough() -> None:
    """The eye took pale carpets and glossy floors for things while these were rare."""
    b = Builder(Dice(2))
    mats = np.array([b.mats[materials.floor(b)] for _ in range(400)])
    soft = np.isin(mats[:, 6], (Texture.PILE, Texture.WEAVE, Texture.PLAIN))
    assert soft.mean() > 0.15
    assert (mats[soft, :3].mean(axis=1) > 0.5).mean() > 0.4
    assert (mats[:, 10] > 0.2).mean() > 0.25


def test_lamps_leave_no_grain_on_plain_walls() -> None:
    """Places of lamps are drawn anew at every sample; what that leaves is no more than a photo's own noise."""
    rough = []
    for seed in range(6):
        room = random_room(seed, "bedroom")
        plain = room.arrays.mats.copy()
        plain[:, 6], plain[:, 9:11] = Texture.PLAIN, 0.0
        even = replace(room, arrays=room.arrays._replace(mats=plain, sun=np.zeros(3)))
        view, light = even.view_and_light(next(even.cameras(*SIZE)), smooth=True)
        luma = np.log(light.mean(axis=-1) + 1e-3)
        bend = np.abs(luma[1:-1, 2:] + luma[1:-1, :-2] - 2 * luma[1:-1, 1:-1])
        wall = minimum_filter((view.side == Side.WALL).astype(np.uint8), 5)[1:-1, 1:-1] > 0
        rough.append(np.median(bend[wall]))
    assert np.median(rough) < 0.01


def _drawn(make: Callable[[Builder], None]) -> View:
    """An empty white room with one piece, seen from the middle towards z-."""
    b = Builder(Dice(3))
    white = b.material((0.8, 0.8, 0.8))
    b.cell((0.0, 0.0, 0.0), (4.0, 2.5, 4.0), [white] * 6)
    make(b)
    b.light((2.0, 2.4, 2.0), (0.3, 0.0, 0.3), (2.0, 2.0, 2.0))
    arrays = b.arrays([0.3] * 6 + [0.0, 1.0, 0.0], (0.0, 0.0, 0.0), [0.5] * 9 + [1.0])
    room = Room(0, "bedroom", np.array([[0.0, 0, 0], [4.0, 2.5, 4.0]]), arrays, ())
    K = np.array([[60.0, 0, 47.5], [0, 60, 35.5], [0, 0, 1]])
    return room.view(Camera(K, looking((2.0, 1.3, 3.6), math.pi, 0, 0), *SIZE))


@pytest.mark.parametrize("seed", range(8))
def test_round_things_on_walls_are_wall_or_mirror(seed: int) -> None:
    view = _drawn(lambda b: dressing._round(replaced(b, seed), Pose(2.0, 0.0, 0.0, 1.0), 0.9))
    assert np.isin(view.side[20:36, 40:56], (Side.WALL, Side.MIRROR)).all()


@pytest.mark.parametrize("seed", range(6))
def test_a_chimney_of_stone_is_wall_from_floor_to_ceiling(seed: int) -> None:
    view = _drawn(lambda b: fittings.hearth(replaced(b, seed), Pose(2.0, 0.2, 0.0), 1.6, 0.4))
    above = view.side[15:30, 40:56]  # between mantle and ceiling; a stove has a pipe there
    assert (above == Side.WALL).mean() > 0.75
    assert (view.instance > 0).mean() < 0.2


def replaced(b: Builder, seed: int) -> Builder:
    """The same builder with other dice."""
    b.dice = Dice(seed)
    return b


def test_every_room_has_cameras_in_it() -> None:
    """Low attics and crowded baths too."""
    for seed in range(400):
        room = random_room(seed)
        pose = next(room.cameras(*SIZE)).world_from_camera
        assert cell_of(room.arrays.cells, room.arrays.slopes, -1, *pose[:3, 3]) >= 0


def test_views_of_a_set_overlap(rooms: list[tuple[Room, list[View]]]) -> None:
    for room, (first, second, _) in rooms:
        assert room.overlap(first.camera, second.camera) > 0.2


def test_photos_are_lit_and_varied(views: list[View]) -> None:
    assert np.mean([view.rgb.mean() for view in views]) == pytest.approx(120, abs=50)
    assert np.mean([view.rgb.std() > 15 for view in views]) > 0.9


def test_walls_know_their_direction(views: list[View]) -> None:
    for view in views:
        direction = view.wall_direction
        assert ((direction >= 0) == (view.side == Side.WALL)).all()
        world = view.normal @ view.camera.world_from_camera[:3, :3].T
        assert (world[..., 0][direction == 0] > 0).all()
        assert (world[..., 2][direction == 3] < 0).all()


@pytest.mark.parametrize(("seed", "kind"), [(-1, None), (0, "garage")])
def test_impossible_rooms_are_refused(seed: int, kind: str | None) -> None:
    with pytest.raises(ValueError, match=r"negative|unknown kind"):
        random_room(seed, kind)


def test_a_camera_outside_is_refused() -> None:
    camera = Camera(np.diag([80.0, 80.0, 1.0]), looking((-50.0, 1.0, -50.0), 0, 0, 0), 96, 72)
    with pytest.raises(ValueError, match="outside the room"):
        random_room(0).view(camera)


def test_no_views_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        next(random_room(0).views(0))
