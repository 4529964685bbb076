"""The demo's bedroom: 4.5 x 3.9 m, one window to the courtyard, a large bed before a panelled wall."""

import numpy as np

from tools.demo_renderer.cameras import Camera
from tools.demo_renderer.geometry import Mesh, box, cushion, join, panel, tube, turned_shape
from tools.demo_renderer.rooms import plants_and_lamps as soft
from tools.demo_renderer.rooms.furniture import Library, duvet, framed, round_table, soft_box, throw, wardrobe
from tools.demo_renderer.rooms.patterns import berber_rug
from tools.demo_renderer.rooms.pictures import PRINTS
from tools.demo_renderer.rooms.props import potted_plant
from tools.demo_renderer.rooms.shell import (
    BRASS,
    METAL,
    WHITE,
    Opening,
    Outside,
    build_outside,
    build_shell,
    cornice,
    door,
    skirting,
)
from tools.demo_renderer.scene import Kind, Lamp, Material, Scene, SceneBuilder, Sky

SIZE_M = (4.5, 3.9, 2.65)
SKY = Sky(
    to_sun=(0.55, 0.62, 0.62), sun=(2.6, 2.35, 1.95), zenith=(4.2, 5.2, 6.6), horizon=(7.2, 7.4, 7.3),
    ground=(3.0, 3.0, 2.5),
)  # fmt: skip
WINDOWS = [Opening(1.30, 0.80, 3.20, 2.30)]
ASH = Material(Kind.WOOD, "#d9bd92", "#9a7348", seed=14, gloss=0.15)
WALNUT = Material(Kind.WOOD, "#8f6242", "#4a2d1c", seed=18, gloss=0.2)
LINEN = Material(Kind.FABRIC, "#ece6da", scale_m=0.003, contrast=0.8, seed=6)
SHADE = Material(Kind.FABRIC, "#f2e4cb", scale_m=0.003, contrast=0.5, glow=(1.2, 0.98, 0.70), seed=9)
BED_Y_M = 1.95


def build() -> Scene:
    """The furnished bedroom."""
    room = SceneBuilder(SIZE_M, SKY, exposure=2.2)
    _walls(room)
    _bed(room)
    _bedside(room)
    _wardrobe_wall(room)
    _desk(room)
    _window(room)
    return room.build()


def cameras(width: int, height: int, count: int) -> list[Camera]:
    """Eye points round the foot of the bed, each looking across the room; neighbours overlap well.

    Fewer than eight show a part of the room, so that they still overlap.
    """
    found = []
    for k in range(count):
        yaw = 62.0 + 268.0 * k / max(count - 1, 7)
        a = np.radians(yaw)
        eye = (2.55 - 1.42 * np.cos(a), 1.95 - 1.22 * np.sin(a), 1.50 + 0.09 * np.sin(1.9 * k + 1.0))
        turn, pitch = 3.0 * np.sin(1.9 * k + 1.0), -6.5 + 1.8 * np.cos(1.5 * k)
        found.append(
            Camera(
                (float(eye[0]), float(eye[1]), float(eye[2])), float(yaw + turn), float(pitch), width, height
            )
        )
    return found


def _walls(room: SceneBuilder) -> None:
    y = room.size_m[1]
    plaster = [
        Material(Kind.PLASTER, tint, bump=0.5, seed=s)
        for s, tint in enumerate(("#c9cfc4", "#e9e5dc", "#e7e4dc", "#e9e6de"), 31)
    ]
    floor = Material(Kind.PLANKS, "#d8b78a", "#94683b", seed=17, gloss=0.4)
    ceiling = Material(Kind.PLASTER, "#f4f2ec", contrast=0.4, bump=0.15, seed=41)
    walls = {"x-": plaster[0], "x+": plaster[1], "y-": plaster[2], "y+": plaster[3]}
    build_shell(room, floor, ceiling, walls, WINDOWS)
    build_outside(room, Outside(seed=11, roofs=0.34, trees=5, tree_line=0.50, distance_m=20.0, glow=0.75))
    skirting(room, [("x+", 0.24, 1.30), ("x-", 0.0, y - 0.001)])
    cornice(room, 0.07)
    _panelling(room)


def _panelling(room: SceneBuilder) -> None:
    """Oak slats behind the bed up to 1.25 m, each with a grain of its own, under a rail."""
    y = room.size_m[1]
    backing = Material(Kind.PAINT, "#3d3128")
    room.add(backing, panel(y, 1.22).turned(90).at(0.008, 0, 0))
    slats = int(y / 0.09)
    woods = [Material(Kind.WOOD, "#c99f6c", "#7f5330", seed=60 + k, gloss=0.12) for k in range(6)]
    groups: list[list[Mesh]] = [[] for _ in woods]
    rng = np.random.default_rng(6)
    for k in range(slats):
        slat = box(0.022, 0.072, 1.22, 0.004, 0.2)
        shifted = slat.with_uv(slat.uv + rng.uniform(0, 9, 2))
        groups[int(rng.integers(len(woods)))].append(shifted.at(0.018, (k + 0.5) * y / slats, 0))
    for wood, group in zip(woods, groups, strict=True):
        if group:
            room.add(wood, join(group))
    room.add(woods[0], box(y, 0.05, 0.03, 0.006).turned(90).at(0.026, y / 2, 1.22))


def _bed(room: SceneBuilder) -> None:
    y = BED_Y_M
    head = [
        soft_box(0.86, 0.11, 0.72, 0.04, 0.01, 30 + k).turned(90).at(0.10, y + (k - 0.5) * 0.865, 0.38)
        for k in range(2)
    ]
    room.add(Material(Kind.FABRIC, "#8d8479", scale_m=0.005, seed=21), *head)
    room.add(ASH, box(2.08, 1.72, 0.16, 0.02).at(1.20, y, 0.16))
    legs = [box(0.07, 0.07, 0.16, 0.01).at(x, y + s * 0.76, 0) for x in (0.3, 2.12) for s in (-1, 1)]
    room.add(ASH, join(legs))
    room.add(LINEN, soft_box(2.02, 1.62, 0.24, 0.06, 0.0, 33).at(1.19, y, 0.31))
    sheet_cloth = Material(Kind.FABRIC, "#efece4", "#a3b1ae", scale_m=0.003, contrast=0.8, pattern=4, seed=15)
    room.add(sheet_cloth, duvet(1.58, 1.46, 0.085, 0.30, 8).at(0.78, y, 0.56))
    _pillows(room, y)
    room.add(Material(Kind.KNIT, "#c07a4d", scale_m=0.024, seed=5), _bed_throw(y))


def _bed_throw(y: float) -> Mesh:
    """A throw across the foot of the bed that follows the duvet, a little above it and shorter at the sides."""
    cover = duvet(1.58, 1.46, 0.085, 0.19, 8, strip=(0.78, 1.36))
    outwards = cover.vertices + 0.022 * cover.normals + np.array([0.0, 0.0, 0.012])
    return Mesh(outwards, cover.normals, cover.uv, cover.faces).at(0.78, y, 0.56)


def _pillows(room: SceneBuilder, y: float) -> None:
    white = Material(Kind.FABRIC, "#f3efe7", scale_m=0.003, contrast=0.8, seed=16)
    blue = Material(Kind.FABRIC, "#6f8796", scale_m=0.004, seed=17)
    for k, (material, dy, size, x, lean, lift) in enumerate((
        (white, -0.40, (0.70, 0.48), 0.33, 62, 0.76), (white, 0.41, (0.70, 0.48), 0.34, 60, 0.76),
        (blue, -0.36, (0.64, 0.44), 0.50, 54, 0.73), (blue, 0.40, (0.64, 0.44), 0.52, 55, 0.73),
    )):  # fmt: skip
        pillow = cushion(size[0], size[1], 0.20, 50 + k).tilted(lean, 0).turned(-90 + 3 * k - 5)
        room.add(material, pillow.at(x, y + dy, lift))
    accent = Material(Kind.FABRIC, "#e8dcc6", "#b0603c", pattern=3, seed=18)
    room.add(accent, cushion(0.46, 0.32, 0.15, 59).tilted(50, 0).turned(-86).at(0.71, y + 0.04, 0.70))


def _bedside(room: SceneBuilder) -> None:
    """Two different bedside tables with lamps and books, prints above the bed."""
    y = BED_Y_M
    chest = [
        box(0.46, 0.40, 0.36, 0.006).at(0, 0, 0.14),
        box(0.42, 0.02, 0.14, 0.004).at(0, 0.20, 0.33),
        box(0.42, 0.02, 0.14, 0.004).at(0, 0.20, 0.17),
    ]
    chest += [box(0.03, 0.03, 0.14, 0.004).at(sx * 0.19, sy * 0.16, 0) for sx in (-1, 1) for sy in (-1, 1)]
    room.add(WALNUT, join(chest).turned(-90).at(0.26, y - 1.24, 0))
    knobs = [tube([(0, 0.20, z), (0, 0.235, z)], 0.012) for z in (0.24, 0.40)]
    room.add(BRASS, join(knobs).turned(-90).at(0.26, y - 1.24, 0))
    room.add(ASH, round_table(0.25, 0.50, 3).at(0.32, y + 1.26, 0))
    library = Library(room, 20, 5)
    library.pile((0.36, y - 1.13, 0.50), 3, -75)
    library.pile((0.33, y + 1.15, 0.50), 2, -110)
    clay = [
        Material(Kind.PAINT, tint, contrast=2.1, gloss=0.25, seed=s)
        for s, tint in enumerate(("#5f7a82", "#c98d64"), 2)
    ]
    for k, (dy, dz) in enumerate(((-1.34, 0.50), (1.36, 0.50))):
        base = soft.vase([(0.28, 0.0), (0.46, 0.25), (0.42, 0.55), (0.16, 0.85), (0.10, 1.0)], 0.25)
        room.add(clay[k], base.at(0.22, y + dy, dz))
        room.add(BRASS, tube([(0.22, y + dy, dz + 0.24), (0.22, y + dy, dz + 0.34)], 0.008))
        room.add(SHADE, soft.drum_shade(0.15, 0.11, 0.19).at(0.22, y + dy, dz + 0.29))
        room.lamps.append(Lamp((0.22, y + dy, dz + 0.38), 0.04, (0.15, 0.11, 0.065)))
    potted_plant(room, (0.44, y + 1.36, 0.50), 0.13, 6, 3, (0.08, 0.055), 0.07, 0.045, 3)
    black = Material(Kind.PAINT, "#2b2825", gloss=0.2)
    for name, seed, size, w, dy in (
        ("botanical", 12, (340, 460), 0.50, -0.62),
        ("ink", 21, (520, 380), 0.72, 0.06),
        ("hills", 14, (320, 430), 0.46, 0.72),
    ):
        for material, mesh in framed(room, PRINTS[name](size, seed), w, black if name == "ink" else ASH):
            room.add(material, mesh.turned(90).at(0.004, y + dy, 1.75))


def _wardrobe_wall(room: SceneBuilder) -> None:
    """Wardrobe with cane doors, baskets on it, a laundry basket and a tall plant beside it."""
    carcass, filling, knobs = wardrobe(1.75, 2.10, 0.58, 3)
    room.add(Material(Kind.WOOD, "#d2b184", "#94693f", seed=23, gloss=0.1), carcass.at(2.35, 0, 0))
    room.add(Material(Kind.WICKER, "#d6ba86", scale_m=0.011, contrast=0.55, seed=12), filling.at(2.35, 0, 0))
    room.add(BRASS, knobs.at(2.35, 0, 0))
    for k, (x, w) in enumerate(((1.90, 0.44), (2.75, 0.52))):
        room.add(
            Material(Kind.WICKER, ("#a97f4c", "#c2a06c")[k], scale_m=0.017, seed=3 + k),
            box(w, 0.38, 0.22, 0.03).turned(4 - 7 * k).at(x, 0.28, 2.10),
        )
    potted_plant(room, (3.72, 0.42, 0.0), 1.15, 6, 6, (0.30, 0.20), 0.34, 0.18, 5)
    for material, mesh in framed(room, PRINTS["shapes"]((330, 430), 15), 0.46, WALNUT):
        room.add(material, mesh.turned(180).at(0.98, 0.004, 1.62))
    hamper = turned_shape(
        [(0.001, 0.0), (0.18, 0.0), (0.21, 0.25), (0.20, 0.50), (0.185, 0.50), (0.17, 0.06)], 40
    )
    room.add(Material(Kind.WICKER, "#b9935c", scale_m=0.02, seed=8), hamper.at(1.02, 0.28, 0))
    room.add(
        Material(Kind.FABRIC, "#e2d6c2", "#6a7f8c", pattern=1, seed=31),
        cushion(0.34, 0.34, 0.20, 93).tilted(20, 0).at(1.02, 0.28, 0.50),
    )


def _desk(room: SceneBuilder) -> None:
    """A desk with chair, lamp, books and a pinboard print on the wall x = max, and the door."""
    x = room.size_m[0]
    for material, mesh in door().items():
        room.add(material, mesh.turned(90).at(x, 0.77, 0))
    top = [box(1.30, 0.56, 0.03, 0.006).at(0, 0, 0.72), box(1.20, 0.48, 0.08, 0.006).at(0, 0.0, 0.64)]
    top += [
        tube([(sx * 0.58, sy * 0.22, 0.66), (sx * 0.60, sy * 0.25, 0.0)], 0.022, 10, 0.016)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    room.add(WALNUT, join(top).turned(90).at(x - 0.30, 2.62, 0))
    library = Library(room, 40, 13)
    library.row((x - 0.08, 2.06, 0.75), 0.36, 0.33, 90)
    pile = library.pile((x - 0.34, 2.92, 0.75), 2, 60)
    mug = turned_shape(
        [(0.001, 0.0), (0.038, 0.0), (0.042, 0.09), (0.036, 0.09), (0.034, 0.012), (0.001, 0.01)], 24
    )
    room.add(Material(Kind.PAINT, "#3f6a78", contrast=2.1, gloss=0.3), mug.at(x - 0.34, 2.90, 0.75 + pile))
    paper = Material(
        Kind.PICTURE,
        (0.95, 0.95, 0.95),
        scale_m=0.0008,
        picture=room.picture(PRINTS["city plan"]((300, 400), 31)),
    )
    sheet = panel(0.30, 0.40, 0.2)
    sheet = sheet.with_uv(np.stack([sheet.vertices[:, 0] / 0.30, 1 - sheet.vertices[:, 2] / 0.40], -1))
    room.add(paper, sheet.tilted(-90, 0).turned(-78).at(x - 0.52, 2.62, 0.7525))
    _desk_lamp(room, (x - 0.16, 3.12, 0.75))
    for name, seed, size, w, y, z in (
        ("cut-outs", 17, (380, 500), 0.56, 2.78, 1.62),
        ("city plan", 24, (300, 380), 0.38, 2.14, 1.56),
    ):
        for material, mesh in framed(room, PRINTS[name](size, seed), w, WALNUT):
            room.add(material, mesh.turned(-90).at(x - 0.004, y, z))
    _chair(room, (x - 0.86, 2.56), 76)


def _desk_lamp(room: SceneBuilder, place: tuple[float, float, float]) -> None:
    x, y, z = place
    base = turned_shape([(0.001, 0.0), (0.08, 0.0), (0.08, 0.015), (0.012, 0.025), (0.001, 0.03)])
    head = turned_shape([(0.075, 0.0), (0.06, 0.06), (0.03, 0.10), (0.001, 0.11)], 24)
    paint = Material(Kind.PAINT, "#3f5d52", gloss=0.3)
    room.add(
        paint,
        base.at(x, y, z),
        tube([(x, y, z), (x + 0.02, y + 0.05, z + 0.28), (x - 0.06, y - 0.10, z + 0.44)], 0.008),
    )
    room.add(paint, head.tilted(18, 1).at(x - 0.09, y - 0.12, z + 0.36))


def _chair(room: SceneBuilder, place: tuple[float, float], yaw_deg: float) -> None:
    """A wooden chair with a woven seat, facing +y before turning."""
    parts = []
    for side in (-1, 1):
        parts += [
            tube([(side * 0.20, 0.20, 0.0), (side * 0.19, 0.19, 0.45)], 0.017),
            tube([(side * 0.20, -0.23, 0.0), (side * 0.19, -0.19, 0.45), (side * 0.18, -0.25, 0.86)], 0.017),
            tube([(side * 0.19, 0.19, 0.22), (side * 0.19, -0.20, 0.22)], 0.011),
        ]
    parts += [
        tube([(-0.19, 0.19, 0.26), (0.19, 0.19, 0.26)], 0.011),
        tube([(-0.19, 0.19, 0.43), (0.19, 0.19, 0.43)], 0.014),
    ]
    for z in (0.62, 0.72, 0.82):
        parts.append(
            tube(
                [
                    (-0.18, -0.215 - 0.09 * (z - 0.6), z),
                    (0, -0.235 - 0.1 * (z - 0.6), z),
                    (0.18, -0.215 - 0.09 * (z - 0.6), z),
                ],
                0.016,
            )
        )
    room.add(ASH, join(parts).turned(yaw_deg - 180).at(*place, 0))
    seat = soft_box(0.42, 0.42, 0.04, 0.018, 0.01, 44)
    room.add(
        Material(Kind.WICKER, "#cbb07d", scale_m=0.012, seed=19), seat.turned(yaw_deg - 180).at(*place, 0.43)
    )


def _window(room: SceneBuilder) -> None:
    """Curtains, a radiator, rugs, sill plants and the ceiling lamp."""
    _, y, z = room.size_m
    cloth = Material(Kind.FABRIC, "#b9c3bf", scale_m=0.0035, contrast=0.9, glow=(0.05, 0.05, 0.05), seed=13)
    for k, (left, width) in enumerate(((0.86, 0.46), (3.18, 0.50))):
        room.add(cloth, soft.curtain(width, 2.42, 4, 7 * k + 2).at(left, y - 0.10, 0.02))
    room.add(METAL, soft.rod(2.95).at(2.26, y - 0.10, 2.45))
    ribs = [box(0.045, 0.08, 0.52, 0.015, 0.2).at(0.055 * k, 0, 0.12) for k in range(22)]
    room.add(WHITE, join(ribs).at(1.66, y - 0.07, 0))
    potted_plant(room, (1.62, y + 0.10, 0.815), 0.20, 6, 3, (0.10, 0.065), 0.09, 0.06, 7)
    potted_plant(room, (2.92, y + 0.09, 0.815), 0.16, 8, 4, (0.06, 0.04), 0.10, 0.055, 9)
    rug = Material(
        Kind.RUG, (1.0, 1.0, 1.0), scale_m=2.5 / 840, picture=room.picture(berber_rug((840, 570), 4)), seed=8
    )
    flat = panel(2.5, 1.7, 0.1).at(-1.25, 0, -0.85)
    flat = flat.with_uv(np.stack([flat.vertices[:, 0] / 2.5 + 0.5, 0.5 - flat.vertices[:, 2] / 1.7], -1))
    room.add(rug, flat.tilted(-90, 0).turned(91).at(2.52, 2.0, 0.016))
    room.add(LINEN, box(2.5, 1.7, 0.014, 0.004).turned(91).at(2.52, 2.0, 0.0))
    room.add(
        Material(Kind.KNIT, "#7d8d84", scale_m=0.03, seed=4), throw(0.4, 0.5, 9, 0.02).at(3.62, 2.50, 0.46)
    )
    _ceiling_lamp(room, (2.35, 1.95, z))


def _ceiling_lamp(room: SceneBuilder, place: tuple[float, float, float]) -> None:
    x, y, z = place
    shade = Material(Kind.FABRIC, "#efe6d6", scale_m=0.004, contrast=0.7, glow=(0.12, 0.11, 0.09), seed=29)
    room.add(shade, soft.drum_shade(0.27, 0.27, 0.22).at(x, y, z - 0.42))
    room.add(METAL, tube([(x, y, z - 0.22), (x, y, z - 0.01)], 0.006))
    room.add(METAL, turned_shape([(0.001, 0.0), (0.06, 0.0), (0.06, 0.03)]).at(x, y, z - 0.03))
