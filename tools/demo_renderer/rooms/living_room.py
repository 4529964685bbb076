"""The demo's living room: 5.6 x 4.4 m, two tall windows to the street, a brick wall, a full bookcase."""

import numpy as np

from tools.demo_renderer.cameras import Camera
from tools.demo_renderer.geometry import box, cushion, join, panel, tube, turned_shape
from tools.demo_renderer.rooms import plants_and_lamps as soft
from tools.demo_renderer.rooms.furniture import (
    Library,
    armchair,
    framed,
    round_table,
    shelf_case,
    slatted_bench,
    sofa,
    throw,
)
from tools.demo_renderer.rooms.patterns import oriental_rug
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

SIZE_M = (5.6, 4.4, 2.75)
SKY = Sky(
    to_sun=(-0.52, 0.66, 0.50), sun=(3.4, 3.0, 2.4), zenith=(3.6, 4.6, 6.2), horizon=(6.2, 6.5, 6.6),
    ground=(2.7, 2.6, 2.3),
)  # fmt: skip
WINDOWS = [Opening(0.95, 0.42, 2.35, 2.40), Opening(3.05, 0.42, 4.45, 2.40)]
OAK = Material(Kind.WOOD, "#c89a66", "#7d5230", seed=3, gloss=0.25)
WALNUT = Material(Kind.WOOD, "#8a5c3b", "#46291a", seed=8, gloss=0.25)
SAGE = Material(Kind.FABRIC, "#7d9083", scale_m=0.0045, seed=4)
RUST = Material(Kind.FABRIC, "#b3623f", scale_m=0.004, seed=5)
LINEN = Material(Kind.FABRIC, "#e3d8c4", scale_m=0.003, contrast=0.8, seed=6)
BLACK_FRAME = Material(Kind.PAINT, "#2b2825", gloss=0.2)
SHADE = Material(Kind.FABRIC, "#f3e3c2", scale_m=0.003, contrast=0.5, glow=(1.15, 0.92, 0.62), seed=9)


def build() -> Scene:
    """The furnished living room."""
    room = SceneBuilder(SIZE_M, SKY, exposure=2.2)
    _walls(room)
    _sofa_corner(room)
    _middle(room)
    _television_wall(room)
    _bookcase_wall(room)
    _windows(room)
    return room.build()


def cameras(width: int, height: int, count: int) -> list[Camera]:
    """Eye points on an oval through the room, each looking across its middle; neighbours overlap well.

    Fewer than eight show a part of the room, so that they still overlap.
    """
    found = []
    for k in range(count):
        yaw = 96.0 + 258.0 * k / max(count - 1, 7)
        a = np.radians(yaw)
        eye = (2.95 - 1.80 * np.cos(a), 2.10 - 1.32 * np.sin(a), 1.47 + 0.10 * np.sin(2.1 * k + 0.4))
        turn, pitch = 3.0 * np.sin(1.7 * k), -5.5 + 1.8 * np.cos(1.3 * k)
        found.append(
            Camera(
                (float(eye[0]), float(eye[1]), float(eye[2])), float(yaw + turn), float(pitch), width, height
            )
        )
    return found


def _walls(room: SceneBuilder) -> None:
    plaster = [
        Material(Kind.PLASTER, tint, bump=0.5, seed=s)
        for s, tint in enumerate(("#e6e1d6", "#e8e4da", "#e9e5dc"), 11)
    ]
    brick = Material(Kind.BRICK, "#a3593f", "#bd8163", seed=4, contrast=1.1)
    floor = Material(Kind.PLANKS, "#cfa777", "#85592f", seed=7, gloss=0.42)
    ceiling = Material(Kind.PLASTER, "#f4f2ec", contrast=0.4, bump=0.15, seed=21)
    walls = {"x-": plaster[0], "x+": brick, "y-": plaster[1], "y+": plaster[2]}
    build_shell(room, floor, ceiling, walls, WINDOWS)
    build_outside(room, Outside(seed=5, roofs=0.47, trees=7, tree_line=0.66, distance_m=30.0, glow=0.75))
    skirting(room, [("y-", 0.98, 2.04)])
    cornice(room)


def _sofa_corner(room: SceneBuilder) -> None:
    """Sofa with cushions and throw, prints above, side tables with lamp and plant."""
    upholstery, legs = sofa(2.30, 3)
    for material, mesh in ((SAGE, upholstery), (WALNUT, legs)):
        room.add(material, mesh.turned(-90).at(0.06, 2.15, 0))
    cushions = [
        (Material(Kind.FABRIC, "#e6d9bf", "#a8492f", pattern=3, seed=1), 0.48, 1.36, 62, -8),
        (Material(Kind.FABRIC, "#c58b3a", scale_m=0.006, seed=2), 0.42, 1.70, 58, 10),
        (Material(Kind.FABRIC, "#ece5d6", "#4f6b5a", pattern=4, seed=3), 0.46, 2.82, 63, 6),
        (Material(Kind.FABRIC, "#33506b", "#e7dcc6", pattern=1, seed=4), 0.40, 2.50, 55, -12),
    ]
    for k, (material, size, y, lean, yaw) in enumerate(cushions):
        pillow = cushion(size, size, 0.17, 40 + k).tilted(lean, 0).turned(-90 + yaw)
        room.add(material, pillow.at(0.57 + 0.03 * (k % 2), y, 0.47 + 0.44 * size))
    blanket = Material(Kind.KNIT, "#d8c3a0", scale_m=0.022, seed=3)
    room.add(blanket, throw(0.62, 0.55, 3).turned(8).at(0.66, 3.02, 0.475))
    prints = [
        ("hills", 3, (360, 480), 0.58, 1.42),
        ("shapes", 8, (330, 420), 0.50, 2.17),
        ("botanical", 5, (330, 450), 0.50, 2.88),
    ]
    for k, (kind, seed, pixels, width, y) in enumerate(prints):
        frame = (BLACK_FRAME, OAK, BLACK_FRAME)[k]
        for material, mesh in framed(room, PRINTS[kind](pixels, seed), width, frame):
            room.add(material, mesh.turned(90).at(0.004, y, (1.62, 1.58, 1.60)[k]))
    _floor_lamp(room, (0.42, 3.86))
    room.add(OAK, round_table(0.24, 0.52, 3).at(0.42, 0.55, 0))
    potted_plant(room, (0.42, 0.55, 0.52), 0.42, 7, 4, (0.17, 0.11), 0.20, 0.10, 6)


def _floor_lamp(room: SceneBuilder, place: tuple[float, float]) -> None:
    x, y = place
    base = turned_shape([(0.001, 0.0), (0.15, 0.0), (0.15, 0.015), (0.03, 0.025), (0.012, 0.04), (0.001, 0.04)])
    room.add(METAL, base.at(x, y, 0), tube([(x, y, 0.03), (x, y, 1.52)], 0.011))
    room.add(SHADE, soft.drum_shade(0.21, 0.16, 0.27).at(x, y, 1.42))
    room.lamps.append(Lamp((x, y, 1.54), 0.05, (0.34, 0.25, 0.14)))


def _middle(room: SceneBuilder) -> None:
    """Rug, coffee table with books and bowl, armchair, pouf, pendant lamp."""
    rug = Material(
        Kind.RUG, (1.0, 1.0, 1.0), scale_m=2.9 / 960, picture=room.picture(oriental_rug((960, 660), 4)), seed=5
    )
    flat = panel(2.9, 1.99, 0.1).at(-1.45, 0, -0.995)
    flat = flat.with_uv(np.stack([flat.vertices[:, 0] / 2.9 + 0.5, 0.5 - flat.vertices[:, 2] / 1.99], -1))
    room.add(rug, flat.tilted(-90, 0).turned(86).at(2.22, 2.12, 0.012))
    room.add(LINEN, box(2.9, 1.99, 0.010, 0.003).turned(86).at(2.22, 2.12, 0.0))
    room.add(WALNUT, slatted_bench(1.15, 0.60, 0.42).turned(84).at(2.05, 2.18, 0.012))
    library = Library(room, 24, 9)
    top = library.pile((1.98, 1.86, 0.432), 3, 70)
    room.add(
        Material(Kind.PAINT, "#d9d2c3", contrast=2.2, gloss=0.2),
        soft.bowl(0.055, 0.07).at(1.98, 1.86, 0.434 + top),
    )
    dish = Material(Kind.PAINT, "#4c6670", contrast=2.2, gloss=0.3, seed=4)
    room.add(dish, soft.bowl(0.16, 0.085).at(2.10, 2.46, 0.432))
    for k, (dx, dy, tint) in enumerate(
        ((0.05, 0.02, "#c8512e"), (-0.05, 0.03, "#d9962f"), (0.0, -0.055, "#b9b045"))
    ):
        fruit = turned_shape(
            [(0.001, -0.036), (0.026, -0.027), (0.039, 0.0), (0.028, 0.028), (0.004, 0.031)], 18
        )
        room.add(
            Material(Kind.PAINT, tint, contrast=1.4, seed=k), fruit.at(2.10 + dx, 2.46 + dy, 0.432 + 0.062)
        )
    library.pile((2.10, 2.20, 0.158), 4, 150)
    seat, frame = armchair()
    room.add(RUST, seat.turned(118).at(3.78, 3.05, 0))
    room.add(OAK, frame.turned(118).at(3.78, 3.05, 0))
    pillow = Material(Kind.FABRIC, "#e9e0cd", "#31485c", pattern=2, seed=7)
    room.add(pillow, cushion(0.42, 0.30, 0.13, 77).tilted(64, 0).turned(122).at(3.93, 3.13, 0.66))
    pouf = turned_shape(
        [(0.001, 0.0), (0.22, 0.01), (0.29, 0.10), (0.30, 0.19), (0.25, 0.30), (0.12, 0.345), (0.001, 0.35)], 36
    )
    room.add(Material(Kind.KNIT, "#55707a", scale_m=0.034, seed=5), pouf.at(3.25, 1.30, 0.0))
    _pendant(room, (2.35, 2.15))


def _pendant(room: SceneBuilder, place: tuple[float, float]) -> None:
    x, y = place
    weave = Material(Kind.WICKER, "#b98f5a", scale_m=0.016, seed=2)
    dome = turned_shape(
        [(0.27, 0.0), (0.262, 0.06), (0.22, 0.15), (0.13, 0.23), (0.04, 0.26), (0.02, 0.27)], 44
    )
    room.add(weave, dome.at(x, y, 2.10))
    room.add(
        METAL,
        tube([(x, y, 2.36), (x, y, 2.74)], 0.004),
        turned_shape([(0.001, 0.0), (0.05, 0.0), (0.05, 0.03)]).at(x, y, 2.72),
    )
    bulb = turned_shape(
        [(0.001, -0.05), (0.035, -0.035), (0.048, 0.0), (0.03, 0.04), (0.016, 0.07), (0.016, 0.12)], 20
    )
    room.add(Material(Kind.PAINT, "#fff3dc", glow=(1.6, 1.35, 1.0)), bulb.at(x, y, 2.20))


def _television_wall(room: SceneBuilder) -> None:
    """Low board with television, speakers, records and vases before the brick wall."""
    x = room.size_m[0]
    carcass = [box(1.9, 0.42, 0.40, 0.006).at(0, 0, 0.14)]
    fronts = [box(0.60, 0.02, 0.34, 0.004).at((k - 1) * 0.62, 0.215, 0.17) for k in (0, 2)]
    legs = [
        tube([(sx * 0.82, sy * 0.14, 0.15), (sx * 0.88, sy * 0.17, 0.0)], 0.018, 10, 0.012)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    room.add(OAK, join([*carcass, *legs]).turned(90).at(x - 0.25, 2.0, 0))
    room.add(
        Material(Kind.WICKER, "#c8a774", scale_m=0.012, seed=6), join(fronts).turned(90).at(x - 0.25, 2.0, 0)
    )
    opening = Material(Kind.PAINT, "#4b3424")
    room.add(opening, box(0.60, 0.012, 0.34, 0.002).at(0, 0.206, 0.17).turned(90).at(x - 0.25, 2.0, 0))
    screen = Material(Kind.PAINT, "#15171a", contrast=1.5, gloss=0.6)
    room.add(screen, box(1.14, 0.035, 0.66, 0.006).turned(90).at(x - 0.30, 2.0, 0.60))
    room.add(
        METAL,
        box(0.34, 0.18, 0.012, 0.004).turned(90).at(x - 0.28, 2.0, 0.54),
        box(0.06, 0.03, 0.08, 0.003).turned(90).at(x - 0.28, 2.0, 0.54),
    )
    clay = Material(Kind.PAINT, "#c4775a", contrast=2.0, seed=3)
    tall = soft.vase([(0.22, 0.0), (0.34, 0.18), (0.36, 0.42), (0.22, 0.72), (0.12, 0.85), (0.15, 1.0)], 0.36)
    room.add(clay, tall.at(x - 0.27, 2.78, 0.54))
    _dried_grass(room, (x - 0.27, 2.78, 0.88))
    library = Library(room, 16, 31)
    library.pile((x - 0.25, 1.24, 0.54), 3, 90)
    _wall_shelf(room, x)
    potted_plant(room, (5.10, 3.88, 0.0), 1.25, 6, 7, (0.34, 0.24), 0.42, 0.20, 4)


def _dried_grass(room: SceneBuilder, place: tuple[float, float, float]) -> None:
    rng = np.random.default_rng(12)
    straw = Material(Kind.PAINT, "#c7ac7c", contrast=2.0)
    for _ in range(16):
        a, lean, h = rng.uniform(0, 6.28), rng.uniform(0.04, 0.17), rng.uniform(0.24, 0.42)
        tip = (place[0] + lean * np.cos(a), place[1] + lean * np.sin(a), place[2] + h)
        middle = [(p + q) / 2 for p, q in zip(place, tip, strict=True)]
        room.add(straw, tube([place, (middle[0], middle[1], middle[2] + 0.03), tip], 0.0022, 5))
        plume = turned_shape([(0.001, -0.07), (0.011, -0.03), (0.012, 0.01), (0.001, 0.07)], 9)
        room.add(straw, plume.tilted(float(60 * lean), 0).turned(float(np.degrees(a) - 90)).at(*tip))


def _wall_shelf(room: SceneBuilder, x: float) -> None:
    """Two boards on the bricks with books, a vine and small pots, and a print beside them."""
    room.add(OAK, box(1.10, 0.22, 0.03, 0.005).turned(90).at(x - 0.11, 1.15, 1.62))
    room.add(OAK, box(0.80, 0.22, 0.03, 0.005).turned(90).at(x - 0.11, 1.35, 1.98))
    library = Library(room, 40, 17)
    library.row((x - 0.03, 1.02, 1.65), 0.42, 0.30, 90)
    library.row((x - 0.03, 1.30, 2.01), 0.30, 0.30, 90)
    blades, canes = soft.trailing_plant(0.55, 5)
    room.add(Material(Kind.PAINT, "#e9e4d9", contrast=2.0), soft.pot(0.075, 0.12).at(x - 0.12, 0.78, 1.65))
    for k, blade in enumerate(blades):
        room.add(soft.GREENS[k % 4], blade.turned(180).at(x - 0.14, 0.78, 1.77))
    room.add(soft.STEM, canes.turned(180).at(x - 0.14, 0.78, 1.77))
    jar = soft.vase([(0.3, 0.0), (0.42, 0.3), (0.34, 0.7), (0.2, 0.85), (0.22, 1.0)], 0.20)
    room.add(Material(Kind.PAINT, "#31505c", contrast=2.2, gloss=0.3), jar.at(x - 0.12, 1.66, 2.01))
    for material, mesh in framed(room, PRINTS["city plan"]((420, 560), 6), 0.58, BLACK_FRAME):
        room.add(material, mesh.turned(-90).at(x - 0.006, 3.15, 1.62))


def _bookcase_wall(room: SceneBuilder) -> None:
    """Bookcase full of books, a door, prints beside it, a basket."""
    for material, mesh in door().items():
        room.add(material, mesh.at(1.51, 0, 0))
    left, width, height, rows, columns = 4.0, 2.1, 2.20, 6, 3
    case = Material(Kind.WOOD, "#b98a58", "#6e4526", seed=6, gloss=0.15)
    room.add(case, shelf_case(width, height, 0.30, columns, rows).at(left, 0.0, 0))
    library = Library(room, 96, 2)
    rng = np.random.default_rng(8)
    clear = (height - 0.084) / rows - 0.024
    for row in range(rows):
        for column in range(columns):
            x = left - width / 2 + 0.03 + column * (width - 0.024) / columns
            z = 0.06 + 0.024 + row * (height - 0.084) / rows
            full = float(rng.choice([0.60, 0.60, 0.42, 0.33]))
            used = library.row((x, 0.27, z), full, clear, 0)
            if full < 0.5:
                _ornament(room, library, (x + used + 0.14, 0.16, z), int(rng.integers(6)))
    for name, seed, size, w, x, z in (
        ("cut-outs", 4, (300, 420), 0.40, 2.50, 1.72),
        ("ink", 9, (300, 380), 0.36, 2.52, 1.12),
    ):
        for material, mesh in framed(room, PRINTS[name](size, seed), w, OAK, 36):
            room.add(material, mesh.turned(180).at(x, 0.004, z))
    basket = turned_shape(
        [(0.001, 0.0), (0.17, 0.0), (0.21, 0.18), (0.22, 0.36), (0.20, 0.36), (0.18, 0.05)], 40
    )
    room.add(Material(Kind.WICKER, "#b28a55", scale_m=0.018, seed=9), basket.at(2.52, 0.30, 0))
    room.add(
        Material(Kind.KNIT, "#e6dcc8", scale_m=0.024, seed=6),
        cushion(0.36, 0.36, 0.24, 91).tilted(35, 0).at(2.52, 0.30, 0.36),
    )


def _ornament(room: SceneBuilder, library: Library, place: tuple[float, float, float], kind: int) -> None:
    x, y, z = place
    tones = ("#c77b57", "#e9e2d2", "#5b7280", "#d2a646", "#7c8f6a", "#3c3a38")
    glaze = Material(Kind.PAINT, tones[kind], contrast=2.2, gloss=0.25, seed=kind)
    if kind % 3 == 0:
        room.add(
            glaze,
            soft.vase([(0.25, 0.0), (0.42, 0.25), (0.40, 0.5), (0.18, 0.75), (0.2, 1.0)], 0.22).at(x, y, z),
        )
    elif kind % 3 == 1:
        height = library.pile((x - 0.02, y + 0.06, z), 3, 0)
        room.add(glaze, soft.bowl(0.07, 0.06).at(x - 0.02, y, z + height))
    else:
        potted_plant(room, (x, y + 0.02, z), 0.14, 6, 3, (0.09, 0.06), 0.08, 0.055, kind)


def _windows(room: SceneBuilder) -> None:
    """Linen curtains on a rod, plants on the sills, a small picture between the windows."""
    y = room.size_m[1]
    cloth = Material(Kind.FABRIC, "#efe7d8", scale_m=0.003, contrast=0.7, glow=(0.10, 0.095, 0.085), seed=12)
    places = ((0.52, 0.46, 4), (2.34, 0.38, 3), (2.70, 0.38, 3), (4.42, 0.46, 4))
    for k, (x, width, folds) in enumerate(places):
        room.add(cloth, soft.curtain(width, 2.46, folds, 5 * k).at(x, y - 0.11, 0.02))
    for centre in (1.65, 3.75):
        room.add(BRASS, soft.rod(2.28).at(centre, y - 0.11, 2.50))
    potted_plant(room, (1.25, y + 0.10, 0.44), 0.22, 6, 3, (0.11, 0.07), 0.10, 0.06, 8)
    jug = soft.vase([(0.3, 0.0), (0.4, 0.2), (0.36, 0.5), (0.24, 0.75), (0.3, 1.0)], 0.22)
    room.add(Material(Kind.PAINT, "#e6dccb", contrast=2.2), jug.at(3.95, y + 0.08, 0.44))
    room.add(WHITE, box(1.2, 0.10, 0.30, 0.01).at(1.65, y - 0.06, 0.08))
