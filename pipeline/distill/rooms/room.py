"""Random furnished rooms with exact geometry, and the views that photos would show of them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from pipeline.distill.rooms.arrays import Arrays, Buffers, Side
from pipeline.distill.rooms.build import Builder, Dice
from pipeline.distill.rooms.camera import HEIGHT_M, Camera, looking, random_lens, random_tilt
from pipeline.distill.rooms.dressing import dress_ceiling, dress_walls, rugs
from pipeline.distill.rooms.furnish import ROOMS, furnish
from pipeline.distill.rooms.photo import develop
from pipeline.distill.rooms.raycast import cell_of
from pipeline.distill.rooms.shading import draw_primitives, draw_shell, probe, shade
from pipeline.distill.rooms.shell import Plan, add_openings, new_shell
from pipeline.distill.rooms.view import View

#: a camera is kept whose rays on a coarse grid are mostly free for this far
_FREE_M, _FREE_SHARE = 0.5, 0.85
#: photographers step back: views that see less far in the middle than this share of the room's size are kept
#: this often
_DEEP, _CLOSE = 0.65, 0.15
#: a view overlaps another that sees at least this share of its grid of points
_OVERLAP = 0.3
_GRID = (6, 8)
_TRIES = 60
#: light is sampled at every so-manieth pixel (of smooth views: of their smaller pixels); 256 x 192 took 84 ms
#: at 2, 73 ms at 3, on a machine kept busy by others
_LIGHT_STEP = 3
#: light above so many times the mean is cut before pixels are averaged
_BRIGHTEST = 12.0


@dataclass(frozen=True, eq=False)
class Room:
    """A furnished room.

    Attributes:
        seed: that it came from.
        kind: of :data:`furnish.ROOMS`.
        box_m: lower and upper corner of its main part; the floor is at y = 0.
        arrays: its geometry and light.
        doors: places in doorways (x, z, direction into the room).
    """

    seed: int
    kind: str
    box_m: Float[np.ndarray, "2 3"]
    arrays: Arrays
    doors: tuple[tuple[float, float, float], ...]

    def view(self, camera: Camera, number: int = 0, *, smooth: bool = False) -> View:
        """What a camera sees.

        Args:
            camera: that stands in the room.
            number: chooses the processing of the photo.
            smooth: colours are averaged over each pixel as in photos, at four times the cost; all other maps
                stay those of the pixels' middles.

        Raises:
            ValueError: the camera stands outside the room.
        """
        return self.view_and_light(camera, number, smooth=smooth)[0]

    def view_and_light(
        self, camera: Camera, number: int = 0, *, smooth: bool = False
    ) -> tuple[View, Float32[np.ndarray, "H W 3"]]:
        """The view, and its linear light, from which :func:`photo.develop` makes other photos."""
        drawn, step = (_finer(camera), 2) if smooth else (camera, 1)
        out = self._drawn(drawn)
        turned = out.normal[::step, ::step] @ camera.world_from_camera[:3, :3]
        radiance = _averaged(out.radiance) if smooth else out.radiance.astype(np.float32)
        view = View(
            camera,
            develop(radiance, _mixed(self.seed, number, 7)),
            out.depth[::step, ::step].astype(np.float32),
            turned.astype(np.float32),
            out.side[::step, ::step].astype(np.uint8),
            out.instance[::step, ::step].copy(),
            out.wall_depth[::step, ::step].astype(np.float32),
        )
        return view, radiance

    def _drawn(self, camera: Camera) -> Buffers:
        o, R = camera.world_from_camera[:3, 3].copy(), camera.world_from_camera[:3, :3].copy()
        start = cell_of(self.arrays.cells, self.arrays.slopes, -1, *o)
        if start < 0:
            raise ValueError(
                f"the camera at {o.round(2)} stands outside the room {self.box_m.round(2).tolist()}"
            )
        lens = np.array([camera.K[0, 0], camera.K[1, 1], camera.K[0, 2], camera.K[1, 2]])
        out = buffers(camera.height_px, camera.width_px)
        draw_shell(self.arrays, o, R, lens, start, out)
        draw_primitives(self.arrays, o, R, lens, out)
        shade(self.arrays, o, R, lens, out, _LIGHT_STEP)
        return out

    def cameras(self, width_px: int, height_px: int) -> Iterator[Camera]:
        """An endless seeded row of cameras in this room, each for itself."""
        dice = Dice(_mixed(self.seed, 1, 0))
        while True:
            yield self._camera(dice, width_px, height_px)

    def views(self, n: int, width_px: int = 256, height_px: int = 192) -> Iterator[View]:
        """``n`` views, each of which overlaps at least one before it, seeded.

        Raises:
            ValueError: ``n`` is below 1.
        """
        if n < 1:
            raise ValueError("at least one view is needed")
        dice = Dice(_mixed(self.seed, 2, 0))
        K = random_lens(dice, width_px, height_px)
        kept = [self._camera(dice, width_px, height_px, K)]
        yield self.view(kept[0], 0)
        for number in range(1, n):
            kept.append(self._beside(dice, kept, K))
            yield self.view(kept[-1], number)

    def _beside(self, dice: Dice, kept: list[Camera], K: Float[np.ndarray, "3 3"]) -> Camera:
        """A camera that sees much of what one of the others sees; at worst a step beside it."""
        for _ in range(_TRIES):
            first = dice.pick(kept)
            other = self._camera(dice, first.width_px, first.height_px, K)
            if self.overlap(first, other) > _OVERLAP and self.overlap(other, first) > _OVERLAP:
                return other
        pose = kept[-1].world_from_camera
        step = 0.06 * dice.pick((-1, 1)) * pose[:3, 0]
        moved = pose.copy()
        moved[:3, 3] += step if self._stands_free(pose[:3, 3] + step) else 0.0
        turn = np.eye(4)
        turn[:3, :3] = looking((0, 0, 0), dice.bell(0.05), 0, 0)[:3, :3] @ looking((0, 0, 0), 0, 0, 0)[:3, :3].T
        moved[:3, :3] = turn[:3, :3] @ moved[:3, :3]
        return Camera(K, moved, kept[-1].width_px, kept[-1].height_px)

    def overlap(self, first: Camera, second: Camera) -> float:
        """Share of a grid of points seen by the first camera that the second sees too."""
        seen = self._grid(first)
        o = second.world_from_camera[:3, 3]
        inside = (seen - o) @ second.world_from_camera[:3, :3]
        pixel = inside @ second.K.T
        with np.errstate(divide="ignore", invalid="ignore"):
            u, v = pixel[:, 0] / pixel[:, 2], pixel[:, 1] / pixel[:, 2]
            framed = (inside[:, 2] > 0.1) & (u >= 0) & (u < second.width_px) & (v >= 0) & (v < second.height_px)
        reach = probe(self.arrays, o.copy(), (seen - o).copy())
        visible: Bool[np.ndarray, " N"] = framed & (reach > 0.97)
        return float(visible.mean())

    def _grid(self, camera: Camera) -> Float[np.ndarray, "N 3"]:
        rows, columns = _GRID
        u = (np.arange(columns) + 0.5) / columns * camera.width_px
        v = (np.arange(rows) + 0.5) / rows * camera.height_px
        pixels = np.stack([*np.meshgrid(u, v), np.ones((rows, columns))], axis=-1).reshape(-1, 3)
        rays = pixels @ np.linalg.inv(camera.K).T @ camera.world_from_camera[:3, :3].T
        o = camera.world_from_camera[:3, 3]
        points: Float[np.ndarray, "N 3"] = o + probe(self.arrays, o.copy(), rays)[:, None] * rays
        return points

    def _camera(
        self, dice: Dice, width_px: int, height_px: int, K: Float[np.ndarray, "3 3"] | None = None
    ) -> Camera:
        """A camera with a free view; the freest of some tries."""
        best, most = None, -1.0
        low, high = self.box_m
        least_m = 0.0 if dice.maybe(_CLOSE) else _DEEP * (high[0] - low[0] + high[2] - low[2]) / 2
        for _ in range(_TRIES):
            camera = self._tried(dice, width_px, height_px, K)
            if camera is None:
                continue
            far = np.linalg.norm(self._grid(camera) - camera.world_from_camera[:3, 3], axis=1)
            free = float((far > _FREE_M).mean())
            if free > _FREE_SHARE and np.median(far) > least_m:
                return camera
            if free > most:
                best, most = camera, free
        if best is None:
            place = self._roomiest(HEIGHT_M[0])
            pose = looking((place[0], place[1], place[2]), dice.between(0, 6.28), 0, 0)
            lens = random_lens(dice, width_px, height_px) if K is None else K
            return Camera(lens, pose, width_px, height_px)
        return best

    def _tried(
        self, dice: Dice, width_px: int, height_px: int, K: Float[np.ndarray, "3 3"] | None
    ) -> Camera | None:
        low, high = self.box_m
        x, z = self._standing(dice)
        y = dice.between(*HEIGHT_M)
        if not self._stands_free(np.array([x, y, z])):
            return None
        toward = [dice.between(0.25, 0.75) * (high[k] - low[k]) + low[k] for k in (0, 2)]
        yaw = math.atan2(toward[0] - x, toward[1] - z) + dice.bell(0.25)
        pitch, roll = random_tilt(dice)
        lens = random_lens(dice, width_px, height_px) if K is None else K
        return Camera(lens, looking((x, y, z), yaw, pitch, roll), width_px, height_px)

    def _standing(self, dice: Dice) -> tuple[float, float]:
        """A place on the floor: mostly along the walls and in corners, sometimes in a door or anywhere."""
        low, high = self.box_m
        kind = dice.roll()
        if kind < 0.12 and self.doors:
            x, z, _ = dice.pick(self.doors)
            return x, z
        if kind < 0.2 and (self.arrays.sides == Side.THING).any():
            return self._behind_something(dice)
        margin = dice.between(0.1, 0.7)
        place = [dice.between(low[k] + 0.1, high[k] - 0.1) for k in (0, 2)]
        if kind < 0.8:
            for axis in (0, 1) if dice.maybe(0.5) else (dice.whole(0, 1),):
                k = (0, 2)[axis]
                place[axis] = low[k] + margin if dice.maybe(0.5) else high[k] - margin
        return place[0], place[1]

    def _behind_something(self, dice: Dice) -> tuple[float, float]:
        """A place from which a bed, table or sofa lies between the camera and the middle of the room."""
        middle = self.box_m.mean(axis=0)
        things = self.arrays.geo[self.arrays.sides == Side.THING]
        some = [dice.pick(things) for _ in range(4)]
        at = max(some, key=lambda thing: float(thing[3] * thing[5]))[:3]
        away = (at - middle)[[0, 2]]
        away /= max(float(np.linalg.norm(away)), 1e-6)
        reach = dice.between(0.4, 1.4)
        return float(at[0] + reach * away[0]), float(at[2] + reach * away[1])

    def _roomiest(self, height_m: float) -> Float[np.ndarray, "3"]:
        """The place of a coarse grid that lies in the room and farthest from what stands there."""
        low, high = self.box_m
        steps = (np.arange(9) + 0.5) / 9
        x, z = np.meshgrid(low[0] + steps * (high[0] - low[0]), low[2] + steps * (high[2] - low[2]))
        grid = np.stack([x.ravel(), np.full(x.size, height_m), z.ravel()], axis=1)
        a = self.arrays
        grid = grid[[cell_of(a.cells, a.slopes, -1, *at) >= 0 for at in grid]]
        reach = np.abs(a.geo[:, 6:15].reshape(-1, 3, 3)).transpose(0, 2, 1) @ a.geo[:, 3:6, None]
        gap = (np.abs(a.geo[None, :, :3] - grid[:, None]) - reach[None, ..., 0]).max(axis=2)
        place: Float[np.ndarray, 3] = grid[int(gap.min(axis=1, initial=9.0).argmax())]
        return place

    def _stands_free(self, at: Float[np.ndarray, "3"]) -> bool:
        """Whether nothing is within a hand of a place, and it lies in the room."""
        a = self.arrays
        if cell_of(a.cells, a.slopes, -1, *at) < 0:
            return False
        reach = np.abs(a.geo[:, 6:15].reshape(-1, 3, 3)).transpose(0, 2, 1) @ a.geo[:, 3:6, None]
        near = (np.abs(a.geo[:, :3] - at) < reach[..., 0] + 0.12).all(axis=1)
        return not near.any()


def _finer(camera: Camera) -> Camera:
    """Twice the pixels; every second one is a pixel of the given camera."""
    K = np.diag([2.0, 2.0, 1.0]) @ camera.K
    return Camera(K, camera.world_from_camera, 2 * camera.width_px, 2 * camera.height_px)


def _averaged(radiance: Float[np.ndarray, "A B 3"]) -> Float32[np.ndarray, "H W 3"]:
    """Means around every second pixel; what is far too bright spreads no farther than a lens would let it."""
    light = np.minimum(radiance, _BRIGHTEST * float(radiance.mean())).astype(np.float32)
    tent = np.array([0.25, 0.5, 0.25])
    mean: Float32[np.ndarray, "H W 3"] = cv2.sepFilter2D(light, -1, tent, tent)[::2, ::2].copy()
    return mean


def buffers(height: int, width: int) -> Buffers:
    """Empty pictures for the kernels."""
    return Buffers(
        depth=np.zeros((height, width)),
        who=np.zeros((height, width), np.int64),
        axis=np.zeros((height, width), np.int64),
        cell=np.zeros((height, width), np.int64),
        normal=np.zeros((height, width, 3)),
        radiance=np.zeros((height, width, 3)),
        side=np.zeros((height, width), np.int64),
        instance=np.zeros((height, width), np.int64),
        wall_depth=np.zeros((height, width)),
        mat=np.zeros((height, width), np.int64),
        place=np.zeros((height, width, 5)),
        key=np.zeros((height, width), np.int64),
        albedo=np.zeros((height, width, 3)),
    )


def _mixed(seed: int, number: int, what: int) -> int:
    """A seed of its own for every use."""
    return int(np.random.SeedSequence([seed, number, what]).generate_state(1)[0])


def random_room(seed: int, kind: str | None = None) -> Room:
    """A furnished room.

    Args:
        seed: the same seed gives the same room.
        kind: a key of :data:`furnish.ROOMS`; drawn if None.

    Raises:
        ValueError: a negative seed, or an unknown kind.
    """
    if seed < 0:
        raise ValueError(f"the seed must not be negative: {seed}")
    if kind is not None and kind not in ROOMS:
        raise ValueError(f"unknown kind of room {kind!r}; known are {', '.join(ROOMS)}")
    b = Builder(Dice(seed))
    kind = kind or _drawn_kind(b.dice)
    _, spans, heights, _ = ROOMS[kind]
    size = (b.dice.between(*spans), b.dice.between(*heights), b.dice.between(*spans))
    wet = kind == "bathroom"
    plan = new_shell(b, size, wet)
    add_openings(b, plan, wet)
    furnish(b, plan, kind)
    dress_walls(b, plan, wet)
    rugs(b, plan)
    arrays = _lit(b, plan)
    doors = tuple((door.x, door.z, door.turn_rad) for door in plan.doors)
    return Room(seed, kind, np.array([plan.low, plan.high]), arrays, doors)


def _drawn_kind(dice: Dice) -> str:
    left = dice.roll() * sum(room[0] for room in ROOMS.values())
    for name, room in ROOMS.items():
        left -= room[0]
        if left < 0:
            return name
    return next(iter(ROOMS))


def _lit(b: Builder, plan: Plan) -> Arrays:
    """Daylight through the windows, sun, lamps, and the light that all surfaces throw about."""
    d = b.dice
    night = d.maybe(0.12)
    day = 0.03 if night else d.between(0.6, 3.5)
    cool = d.between(0.85, 1.0)
    for k, light in enumerate(b.lights):
        if light[6] or light[8]:
            b.lights[k][9:12] = [light[9] * day * cool, light[10] * day * (1 + cool) / 2, light[11] * day]
    dress_ceiling(b, plan, day)
    level = d.between(0.12, 0.5)
    warm = d.between(0.8, 1.0)
    mid = [(plan.low[k] + plan.high[k]) / 2 for k in range(3)]
    half = (0.45 * plan.high[0], 0.0, 0.45 * plan.high[2])
    spread = d.between(0.15, 0.6)
    b.light((mid[0], plan.high[1] - 0.08, mid[2]), half, (spread, spread * warm, spread * warm), near=False)
    up = d.between(0.05, 0.25)
    ambient = [level, level * (1 + warm) / 2, level * warm, up, up * 0.9, up * 0.8]
    sun, toward = _sun(b, plan, night)
    return b.arrays([*ambient, *toward], sun, _outdoors(d, night))


def _sun(b: Builder, plan: Plan, night: bool) -> tuple[tuple[float, float, float], list[float]]:
    d = b.dice
    if night or not plan.windows or d.maybe(0.35):
        return (0.0, 0.0, 0.0), [0.0, 1.0, 0.0]
    _, pose = d.pick(plan.windows)
    yaw, high = pose.turn_rad + math.pi + d.between(-0.9, 0.9), d.between(0.25, 0.9)
    toward = [math.sin(yaw) * math.cos(high), math.sin(high), math.cos(yaw) * math.cos(high)]
    power = d.between(1.5, 9.0)
    return (power, power * d.between(0.8, 0.97), power * d.between(0.6, 0.9)), toward


def _outdoors(d: Dice, night: bool) -> list[float]:
    """Sky, land, their brightness, seed."""
    if night:
        return [0.05, 0.06, 0.1, 0.02, 0.03, 0.02, 1.0, 0.1, 0.0, float(d.whole(1, 10000))]
    glow = d.between(1.0, 12.0)
    blue = d.between(0.6, 1.0)
    sky = [blue, (1 + blue) / 2, 1.0]
    land = [d.between(0.1, 0.5), d.between(0.2, 0.5), d.between(0.05, 0.4)]
    return [*sky, *land, glow, glow * d.between(0.3, 1.0), 0.0, float(d.whole(1, 10000))]
