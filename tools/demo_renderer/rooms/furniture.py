"""Furniture: sofa, armchair, tables, shelves with books, frames, bed and wardrobe."""

import math

import numpy as np

from tools.demo_renderer.geometry import Mesh, box, cushion, join, panel, picture_plane, sheet, tube
from tools.demo_renderer.noise import noise_map
from tools.demo_renderer.rooms.pictures import Picture, book_spines, matted
from tools.demo_renderer.scene import Kind, Material, SceneBuilder


def soft_box(x: float, y: float, z: float, radius: float, bulge: float, seed: int) -> Mesh:
    """An upholstered block standing on z = 0: rounded, domed on top, slightly uneven."""
    block = box(x, y, z, radius, 0.045)
    p = block.vertices
    high = np.clip(p[:, 2] / z, 0, 1) ** 2
    dome = (1 - (2 * p[:, 0] / x) ** 2) * (1 - (2 * p[:, 1] / y) ** 2)
    uneven = noise_map(p[:, 0] * 5 + seed, p[:, 1] * 5 + 3.1 * p[:, 2], 3, seed)
    moved = p + np.stack([0 * high, 0 * high, high * (bulge * dome + 0.018 * uneven)], -1)
    moved += 0.014 * uneven[:, None] * block.normals
    return Mesh(moved, block.normals, block.uv, block.faces)


def sofa(length: float, seats: int) -> tuple[Mesh, Mesh]:
    """(upholstery, legs) of a sofa along x with its back at y = 0, facing +y."""
    arm, depth = 0.20, 0.92
    inner = length - 2 * arm
    parts = [
        soft_box(length - 0.02, depth - 0.04, 0.20, 0.03, 0.0, 1).at(0, depth / 2, 0.13),
        soft_box(length - 0.1, 0.22, 0.52, 0.07, 0.02, 2).at(0, 0.13, 0.28),
        soft_box(arm, depth - 0.03, 0.46, 0.07, 0.015, 3).at(-(length - arm) / 2, depth / 2, 0.14),
        soft_box(arm, depth - 0.03, 0.46, 0.07, 0.015, 4).at((length - arm) / 2, depth / 2, 0.14),
    ]
    for k in range(seats):
        x = (k + 0.5) * inner / seats - inner / 2
        width = inner / seats - 0.012
        parts.append(soft_box(width, 0.70, 0.17, 0.05, 0.03, 10 + k).at(x, depth - 0.355, 0.31))
        back = cushion(width + 0.02, 0.50, 0.26, 20 + k, plump=0.30).tilted(78, 0)
        parts.append(back.at(x, 0.325, 0.70))
    legs = [tube([(0, 0, 0.14), (0, 0, 0.0)], 0.022, 10, 0.014)]
    places = [(sx * (length / 2 - 0.12), y) for sx in (-1, 1) for y in (0.1, depth - 0.12)]
    return join(parts), join([legs[0].at(x, y, 0) for x, y in places])


def armchair() -> tuple[Mesh, Mesh]:
    """(upholstery, wooden frame) of an easy chair facing +y, centred in x, back near y = -0.4."""
    seat = soft_box(0.60, 0.62, 0.15, 0.05, 0.03, 5).tilted(4, 0).at(0, 0.02, 0.30)
    back = soft_box(0.58, 0.14, 0.60, 0.05, 0.0, 6).tilted(16, 0).at(0, -0.30, 0.40)
    frame = []
    for side in (-1, 1):
        x = side * 0.345
        frame += [
            tube([(x, 0.33, 0.0), (x, 0.30, 0.30), (x, 0.27, 0.56)], 0.019, 10, 0.021),
            tube([(x, -0.44, 0.0), (x, -0.33, 0.32), (x, -0.30, 0.55)], 0.019, 10, 0.021),
            box(0.062, 0.76, 0.03, 0.012).at(x, -0.02, 0.555),
            box(0.03, 0.66, 0.05, 0.01).at(x, -0.02, 0.25),
        ]
    frame += [box(0.66, 0.03, 0.06, 0.01).at(0, 0.27, 0.245), box(0.66, 0.03, 0.06, 0.01).at(0, -0.32, 0.245)]
    return join([seat, back]), join(frame)


def round_table(radius: float, height: float, legs: int) -> Mesh:
    """A round top with a rounded rim on slanted legs (solid wood, grain in one direction)."""
    angle = np.linspace(0, 2 * math.pi, 49)
    rings = [(0.0, 0.0), (0.6, 0.0), (0.97, 0.0), (1.0, 0.008), (1.0, 0.022), (0.97, 0.03), (0.0, 0.03)]
    grid = np.array(
        [[(radius * r * math.cos(a), radius * r * math.sin(a), height - d) for a in angle] for r, d in rings]
    )
    top = sheet(grid[::-1], grid[::-1, :, :2])
    bars = []
    for k in range(legs):
        a = 2 * math.pi * (k + 0.3) / legs
        foot = np.array([math.cos(a), math.sin(a)])
        bars.append(
            tube([(*(0.55 * radius * foot), height - 0.03), (*(0.85 * radius * foot), 0.0)], 0.022, 10, 0.015)
        )
    return join([top, *bars])


def slatted_bench(length: float, depth: float, height: float) -> Mesh:
    """An oblong coffee table with a lower shelf of slats."""
    parts = [box(length, depth, 0.035, 0.008).at(0, 0, height - 0.035)]
    leg = box(0.05, 0.05, height - 0.035, 0.008)
    parts += [leg.at(sx * (length / 2 - 0.06), sy * (depth / 2 - 0.06), 0) for sx in (-1, 1) for sy in (-1, 1)]
    for k in range(7):
        y = (k - 3) * (depth - 0.14) / 6
        parts.append(box(length - 0.1, 0.045, 0.016, 0.004).at(0, y, 0.13))
    return join(parts)


def framed(
    room: SceneBuilder, picture: Picture, width: float, frame: Material, mat_px: int = 46
) -> list[tuple[Material, Mesh]]:
    """A framed print about the origin in the xz-plane, facing -y, its back at y = 0."""
    image = matted(picture, mat_px)
    height = width * image.shape[0] / image.shape[1]
    print_of = Material(
        Kind.PICTURE, (0.93, 0.93, 0.93), scale_m=width / image.shape[1], picture=room.picture(image)
    )
    bar = 0.022
    bars = join([
        box(width + 2 * bar, 0.03, bar, 0.004).at(0, -0.015, height / 2),
        box(width + 2 * bar, 0.03, bar, 0.004).at(0, -0.015, -height / 2 - bar),
        box(bar, 0.03, height, 0.004).at(-width / 2 - bar / 2, -0.015, -height / 2),
        box(bar, 0.03, height, 0.004).at(width / 2 + bar / 2, -0.015, -height / 2),
    ])  # fmt: skip
    return [(print_of, picture_plane(width, height).at(0, -0.012, 0)), (frame, bars)]


def shelf_case(width: float, height: float, depth: float, columns: int, rows: int) -> Mesh:
    """An open bookcase with its back at y = 0, facing +y, centred in x."""
    board = 0.024
    parts = [
        box(board, depth, height, 0.003).at(-(width - board) / 2 + k * (width - board) / columns, depth / 2, 0)
        for k in range(columns + 1)
    ]
    parts += [
        box(width, depth, board, 0.003).at(0, depth / 2, 0.06 + k * (height - board - 0.06) / rows)
        for k in range(rows + 1)
    ]
    back = panel(width, height).turned(180).at(width / 2, 0.006, 0)
    plinth = box(width - 0.02, 0.02, 0.06, 0.002).at(0, depth - 0.03, 0)
    return join([*parts, back, plinth])


class Library:
    """Books with printed spines, taken one after the other from one atlas."""

    def __init__(self, room: SceneBuilder, count: int, seed: int) -> None:
        atlas, self._places = book_spines(count, seed)
        self._spine = Material(
            Kind.PICTURE, (0.9, 0.9, 0.9), scale_m=0.001, picture=room.picture(atlas), gloss=0.12
        )
        self._room = room
        self._rng = np.random.default_rng(seed)
        self._next = 0

    def _book(self, thickness: float, height: float, depth: float) -> list[tuple[Material, Mesh]]:
        """An upright book: spine towards +y at y = 0, standing on z = 0, centred in x."""
        u0, v0, u1, v1 = self._places[self._next % len(self._places)]
        self._next += 1
        cover = box(thickness, depth, height, 0.0025, 0.15).at(0, -depth / 2, 0)
        label = (
            panel(thickness - 0.002, height - 0.003, 0.15).turned(180).at(thickness / 2 - 0.001, 0.0012, 0.0015)
        )
        across = 0.5 - label.vertices[:, 0] / thickness
        down = 1 - label.vertices[:, 2] / height
        label = label.with_uv(np.stack([u0 + np.clip(across, 0, 1) * (u1 - u0), v0 + down * (v1 - v0)], -1))
        tone = self._rng.choice(
            ["#7a2e2a", "#24445c", "#cdbf9c", "#3d5a45", "#b5562f", "#e0d9c8", "#2b3a44", "#8c6d46"]
        )
        return [(Material(Kind.PAINT, str(tone)), cover), (self._spine, label)]

    def row(self, place: tuple[float, float, float], width: float, clear: float, yaw_deg: float) -> float:
        """Fill ``width`` from ``place`` (left end, front edge, board) with upright books.

        Returns the width used.
        """
        x = 0.0
        while True:
            thickness = float(self._rng.uniform(0.016, 0.05))
            if x + thickness > width:
                return x
            height = min(float(self._rng.uniform(0.19, 0.29)), clear - 0.02)
            depth = float(self._rng.uniform(0.14, 0.20))
            lean = float(self._rng.uniform(4, 9)) if self._rng.uniform() > 0.93 else 0.0
            for material, mesh in self._book(thickness, height, depth):
                moved = mesh.tilted(-lean, 1).at(x + thickness / 2, -float(self._next % 5) * 0.004, 0.001)
                self._room.add(material, moved.turned(yaw_deg).at(*place))
            x += thickness + 0.001 + (0.03 if lean else 0.0)

    def pile(self, place: tuple[float, float, float], count: int, yaw_deg: float) -> float:
        """A pile of lying books, spines towards +y before turning; returns its height."""
        z = 0.0
        for _ in range(count):
            thickness = float(self._rng.uniform(0.018, 0.04))
            height = float(self._rng.uniform(0.20, 0.28))
            turn = yaw_deg + float(self._rng.uniform(-7, 7))
            for material, mesh in self._book(thickness, height, 0.17):
                lying = mesh.tilted(90, 1).at(-height / 2, 0.085, thickness / 2)
                self._room.add(material, lying.turned(turn).at(place[0], place[1], place[2] + z))
            z += thickness
        return z


def duvet(
    width: float,
    length: float,
    thickness: float,
    hang: float,
    seed: int,
    strip: tuple[float, float] | None = None,
) -> Mesh:
    """A duvet spread over a mattress top (x in [0, length], y about 0, z = 0): puffy on top, hanging in folds.

    ``strip`` keeps only a range of the length (before draping), for a throw that follows the same folds.
    """
    low, high = strip or (0.0, length + hang)
    s = np.linspace(-width / 2 - hang, width / 2 + hang, 110)
    t = np.linspace(low, high, 130 if strip is None else 60)
    T, S = np.meshgrid(t, s)
    over_side = np.clip(np.abs(S) - width / 2, 0, None)
    over_foot = np.clip(T - length, 0, None)
    puff = 0.5 + noise_map(T * 2.6, S * 2.6, 4, seed)
    crease = np.abs(noise_map(T * 5.0 + 3 * noise_map(T * 2, S * 2, 2, seed + 3), S * 5.0, 3, seed + 1))
    z = thickness * (0.55 + 0.9 * puff) - 0.05 * (0.5 - 2.2 * crease).clip(0)
    edge = np.clip(T / 0.10, 0, 1) ** 0.5
    z *= edge
    drop = np.maximum(over_side, over_foot)
    bend = 0.09
    fall = np.where(drop < bend, drop**2 / (2 * bend), drop - bend / 2)
    folds = np.sin(2 * math.pi * (T * 2.1 + 0.6 * noise_map(T * 2, S * 2, 2, seed + 2))) * np.clip(
        over_side * 4, 0, 1
    )
    folds_foot = np.sin(2 * math.pi * (S * 2.4 + 0.6 * noise_map(S * 2, T * 2, 2, seed + 5))) * np.clip(
        over_foot * 4, 0, 1
    )
    reach = bend * (1 - np.exp(-drop / bend))
    y = np.sign(S) * (np.minimum(np.abs(S), width / 2) + np.where(over_side > 0, reach, 0) + 0.035 * folds)
    x = np.minimum(T, length) + np.where(over_foot > 0, reach, 0) + 0.035 * folds_foot
    return sheet(np.stack([x, y, z - fall], -1), np.stack([T, S], -1))


def throw(width: float, length: float, seed: int, lift: float = 0.0) -> Mesh:
    """A knitted throw lying flat about the origin in the xy-plane, wavy."""
    s, t = np.meshgrid(np.linspace(-width / 2, width / 2, 50), np.linspace(-length / 2, length / 2, 50))
    z = 0.02 + lift + 0.05 * (0.5 + noise_map(s * 4, t * 4, 3, seed))
    return sheet(np.stack([s + 0.05 * noise_map(t * 5, s, 2, seed), t, z], -1), np.stack([s, t], -1))


def wardrobe(width: float, height: float, depth: float, doors: int) -> tuple[Mesh, Mesh, Mesh]:
    """(carcass, door fillings, knobs) with its back at y = 0, facing +y, centred in x."""
    carcass = [box(width, depth - 0.02, height, 0.006).at(0, (depth - 0.02) / 2, 0)]
    fillings, knobs = [], []
    step = width / doors
    for k in range(doors):
        x = (k + 0.5) * step - width / 2
        w, h, rail = step - 0.008, height - 0.14, 0.065
        y = depth - 0.01
        carcass += [
            box(rail, 0.026, h, 0.004).at(x - w / 2 + rail / 2, y, 0.09),
            box(rail, 0.026, h, 0.004).at(x + w / 2 - rail / 2, y, 0.09),
            box(w - 2 * rail, 0.026, rail, 0.004).at(x, y, 0.09),
            box(w - 2 * rail, 0.026, rail, 0.004).at(x, y, 0.09 + h - rail),
            box(w - 2 * rail, 0.026, rail, 0.004).at(x, y, 0.09 + 0.42 * h),
        ]
        fillings.append(panel(w - 2 * rail, h, 0.12).turned(180).at(x + w / 2 - rail, depth - 0.015, 0.09))
        side = 1 if k % 2 == 0 else -1
        knobs.append(
            tube([(x + side * (w / 2 - 0.03), y, 1.0), (x + side * (w / 2 - 0.03), y + 0.035, 1.0)], 0.013)
        )
    return join(carcass), join(fillings), join(knobs)
