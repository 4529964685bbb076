"""The empty room: floor, walls with windows and a door, skirting, cornice, window frames, the view outside."""

from dataclasses import dataclass

import numpy as np

from tools.demo_renderer.geometry import Mesh, box, join, panel, sheet, tube
from tools.demo_renderer.rooms.patterns import outside_view
from tools.demo_renderer.scene import Kind, Material, SceneBuilder, Window

WALL_THICKNESS_M = 0.30
WHITE = Material(Kind.PAINT, "#f3f0ea", contrast=0.5)
METAL = Material(Kind.PAINT, "#4a4640", contrast=0.8, gloss=0.35)
BRASS = Material(Kind.PAINT, "#b08d57", contrast=0.8, gloss=0.5)


@dataclass(frozen=True)
class Opening:
    """A window in the wall y = max: its lower left and upper right corner, seen from inside."""

    x0: float
    z0: float
    x1: float
    z1: float


@dataclass(frozen=True)
class Outside:
    """What lies before the windows (see :func:`tools.demo_renderer.rooms.patterns.outside_view`)."""

    seed: int
    roofs: float
    trees: int
    tree_line: float
    distance_m: float
    glow: float


def build_shell(
    room: SceneBuilder, floor: Material, ceiling: Material, walls: dict[str, Material], openings: list[Opening]
) -> None:
    """Floor, ceiling and the walls ``x-``, ``x+``, ``y-``, ``y+``; the last one has the windows."""
    x, y, z = room.size_m
    room.add(floor, panel(x, y).tilted(-90, 0))
    room.add(ceiling, panel(x, y).tilted(90, 0).at(0, y, z))
    holes = [(o.x0, o.z0, o.x1, o.z1) for o in openings]
    room.add(walls["y+"], panel(x, z, holes=holes).at(0, y, 0))
    room.add(walls["y-"], panel(x, z).turned(180).at(x, 0, 0))
    room.add(walls["x+"], panel(y, z).turned(-90).at(x, y, 0))
    room.add(walls["x-"], panel(y, z).turned(90))
    for opening in openings:
        _window(room, opening, walls["y+"])


def _window(room: SceneBuilder, o: Opening, wall: Material) -> None:
    """Reveal, sill, casement frame with mullions, and the opening to the sky behind it."""
    y, depth = room.size_m[1], WALL_THICKNESS_M
    width, height = o.x1 - o.x0, o.z1 - o.z0
    left = panel(depth, height).turned(90).at(o.x0, y, o.z0)
    right = panel(depth, height).turned(-90).at(o.x1, y + depth, o.z0)
    over = panel(width, depth).tilted(90, 0).at(o.x0, y + depth, o.z1)
    room.add(wall, left, right, over)
    room.add(
        WHITE,
        box(width + 0.12, depth + 0.06, 0.035, 0.008).at((o.x0 + o.x1) / 2, y + depth / 2 - 0.03, o.z0 - 0.03),
    )
    bars = [
        box(0.06, 0.07, height, 0.008).at(o.x0 + 0.03, 0, 0),
        box(0.06, 0.07, height, 0.008).at(o.x1 - 0.03, 0, 0),
        box(0.07, 0.06, height, 0.008).at((o.x0 + o.x1) / 2, 0, 0),
        box(width, 0.07, 0.06, 0.008).at((o.x0 + o.x1) / 2, 0, 0),
        box(width, 0.07, 0.06, 0.008).at((o.x0 + o.x1) / 2, 0, height - 0.06),
        box(width, 0.05, 0.045, 0.008).at((o.x0 + o.x1) / 2, 0, 0.70 * height),
    ]
    room.add(WHITE, join(bars).at(0, y + 0.17, o.z0))
    handle = join([box(0.03, 0.02, 0.09, 0.004), box(0.018, 0.018, 0.11, 0.004).at(0, -0.035, -0.03)])
    room.add(BRASS, handle.at((o.x0 + o.x1) / 2 + 0.015, y + 0.125, o.z0 + 0.40 * height))
    room.windows.append(
        Window((o.x0, y + depth, o.z0), (width, 0.0, 0.0), (0.0, 0.0, height), (0.0, -1.0, 0.0))
    )


def build_outside(room: SceneBuilder, view: Outside) -> None:
    """A glowing picture plane beyond the windows; eye level lies at the picture's lower third."""
    index = room.picture(outside_view((1536, 768), view.seed, view.roofs, view.trees, view.tree_line))
    width, height = 3.0 * view.distance_m, 1.5 * view.distance_m
    plane = panel(width, height, width / 2)
    plane = plane.with_uv(np.stack([plane.vertices[:, 0] / width, 1 - plane.vertices[:, 2] / height], -1))
    glow = (view.glow, view.glow, view.glow)
    texel = width / 1536
    material = Material(Kind.BACKDROP, (1.0, 1.0, 1.0), scale_m=texel, glow=glow, picture=index)
    room.add(
        material,
        plane.at(room.size_m[0] / 2 - width / 2, room.size_m[1] + view.distance_m, 1.5 - 0.42 * height),
    )


def skirting(room: SceneBuilder, gaps: list[tuple[str, float, float]]) -> None:
    """Skirting boards on all walls but the ``gaps`` (wall, from, to) in metres along x or y."""
    x, y, _ = room.size_m
    for wall, length in (("x-", y), ("x+", y), ("y-", x), ("y+", x)):
        cuts = sorted((a, b) for name, a, b in gaps if name == wall)
        edges = [0.0, *[e for cut in cuts for e in cut], length]
        for a, b in zip(edges[::2], edges[1::2], strict=True):
            board = box(b - a, 0.018, 0.11, 0.005, 0.25)
            middle = (a + b) / 2
            if wall.startswith("y"):
                room.add(WHITE, board.at(middle, 0.009 if wall == "y-" else y - 0.009, 0))
            else:
                room.add(WHITE, board.turned(90).at(0.009 if wall == "x-" else x - 0.009, middle, 0))


def cornice(room: SceneBuilder, reach_m: float = 0.09) -> None:
    """A moulded cornice round the ceiling."""
    x, y, z = room.size_m
    angle = np.linspace(0, np.pi / 2, 7)
    out = np.concatenate([[0.0, 0.012], 0.018 + 0.058 * (1 - np.cos(angle)), [0.082, reach_m]])
    down = np.concatenate([[0.11, 0.11], 0.095 - 0.070 * np.sin(angle), [0.016, 0.012]])
    corners = np.array([[0, 0], [x, 0], [x, y], [0, y], [0, 0]], np.float64)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1], [1, 1]], np.float64)
    for k in range(4):
        steps = np.linspace(0, 1, 24)[:, None]
        rows = []
        for o, d in zip(out, down, strict=True):
            a, b = corners[k] + o * inward[k], corners[k + 1] + o * inward[k + 1]
            line = a + steps * (b - a)
            rows.append(np.concatenate([line, np.full((24, 1), z - d)], 1))
        grid = np.array(rows)
        mesh = sheet(grid, grid[..., :2] + grid[..., 2:])
        room.add(WHITE, _facing(mesh, (x / 2, y / 2, z / 2)))


def _facing(mesh: Mesh, target: tuple[float, float, float]) -> Mesh:
    towards = np.array(target) - mesh.vertices
    if np.mean(np.sum(mesh.normals * towards, 1)) < 0:
        return Mesh(mesh.vertices, -mesh.normals, mesh.uv, mesh.faces[:, ::-1])
    return mesh


def door() -> dict[Material, Mesh]:
    """A panelled door with its casing and handle, 0.86 x 2.05 m, in front of y = 0, facing +y."""
    leaf = [box(0.82, 0.03, 2.02, 0.004).at(0, 0.016, 0)]
    for cx, z0, w, h in (
        (-0.19, 1.12, 0.28, 0.74),
        (0.19, 1.12, 0.28, 0.74),
        (-0.19, 0.16, 0.28, 0.8),
        (0.19, 0.16, 0.28, 0.8),
    ):
        leaf.append(box(w, 0.02, h, 0.009).at(cx, 0.034, z0))
        leaf.append(box(w - 0.07, 0.02, h - 0.07, 0.009).at(cx, 0.041, z0 + 0.035))
    casing = [
        box(0.09, 0.05, 2.13, 0.008).at(-0.46, 0.024, 0),
        box(0.09, 0.05, 2.13, 0.008).at(0.46, 0.024, 0),
        box(1.05, 0.055, 0.10, 0.008).at(0, 0.026, 2.05),
    ]
    handle = [
        box(0.035, 0.012, 0.20, 0.004).at(0.34, 0.052, 0.94),
        tube([(0.34, 0.05, 1.06), (0.34, 0.10, 1.06)], 0.009),
        tube([(0.35, 0.10, 1.06), (0.23, 0.10, 1.06)], 0.009),
    ]
    return {WHITE: join(leaf + casing), BRASS: join(handle)}
