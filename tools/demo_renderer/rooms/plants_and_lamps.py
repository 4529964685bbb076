"""Things that are not boxes: potted plants, lamps, vases, bowls and curtains."""

import math

import numpy as np

from tools.demo_renderer.geometry import Mesh, join, rotation, sheet, smooth_path, tube, turned_shape
from tools.demo_renderer.noise import noise_map
from tools.demo_renderer.scene import Kind, Material


def leaf(length: float, width: float, droop: float, seed: int) -> Mesh:
    """A leaf blade from the origin along +x, folded along its rib and bent down; uv for Kind.LEAF."""
    t = np.linspace(0, 1, 10)
    s = np.linspace(-1, 1, 7)
    v, u = np.meshgrid(t, s)
    outline = np.sin(math.pi * np.clip(v, 0.001, 0.999) ** 0.75) ** 0.8
    wave = 0.06 * noise_map(v * 4 + seed, u * 1.5, 2, seed)
    x = length * (v - 0.12 * droop * v**2)
    y = width / 2 * u * outline
    z = width * 0.22 * np.abs(u) * outline - droop * length * 0.55 * v**2 + wave * length
    return sheet(np.stack([x, y, z], -1)[::-1], np.stack([u, v], -1)[::-1])


def leafy_plant(
    height: float, stems: int, leaves: int, leaf_m: tuple[float, float], spread: float, seed: int
) -> tuple[list[Mesh], Mesh]:
    """A bushy pot plant from the origin upwards: leaves (apart, to be tinted apart) and joined stems."""
    rng = np.random.default_rng(seed)
    blades, canes = [], []
    for stem in range(stems):
        bearing = 2 * math.pi * (stem + rng.uniform(-0.3, 0.3)) / stems
        lean = spread * rng.uniform(0.35, 1.0)
        tip = np.array([lean * math.cos(bearing), lean * math.sin(bearing), height * rng.uniform(0.7, 1.0)])
        path = smooth_path([0 * tip, tip * [0.25, 0.25, 0.55], tip], 12)
        canes.append(tube(path, 0.009, 6, 0.004))
        for k in range(leaves):
            place = path[int(4 + 7.9 * (k + 1) / (leaves + 1))] if k < leaves - 1 else path[-1]
            turn = math.degrees(bearing) + 137.5 * k + rng.uniform(-35, 35)
            size = leaf_m[0] * rng.uniform(0.7, 1.15)
            blade = leaf(size, leaf_m[1] * rng.uniform(0.8, 1.1), rng.uniform(0.3, 1.0), seed + 31 * stem + k)
            stalk = size * rng.uniform(0.25, 0.5)
            rise = rng.uniform(5, 45)
            blade = blade.at(stalk, 0, 0).tilted(-rise, 1).turned(turn).at(*place)
            end = place + rotation(turn, 2) @ rotation(-rise, 1) @ np.array([stalk, 0, 0])
            canes.append(tube([place, (place + end) / 2, end], 0.003, 5))
            blades.append(blade)
    return blades, join(canes)


def trailing_plant(length: float, seed: int) -> tuple[list[Mesh], Mesh]:
    """Vines that hang over the edge of a shelf (towards +x) from the origin."""
    rng = np.random.default_rng(seed)
    blades, canes = [], []
    for vine in range(6):
        side = rng.uniform(-0.10, 0.10)
        drop = length * rng.uniform(0.45, 1.0)
        path = smooth_path(
            [(0, side * 0.3, 0.02), (0.09, side * 0.8, 0.05), (0.14, side, -0.25 * drop),
             (0.12 + rng.uniform(-0.02, 0.03), side * 1.6, -drop)], 18,
        )  # fmt: skip
        canes.append(tube(path, 0.0025, 5))
        for k in range(2, 18):
            blade = leaf(rng.uniform(0.045, 0.07), 0.045, 0.6, seed + 40 * vine + k)
            blades.append(blade.tilted(rng.uniform(10, 50), 1).turned(rng.uniform(-90, 90)).at(*path[k]))
    return blades, join(canes)


def pot(radius: float, height: float, flare: float = 0.82) -> Mesh:
    """A flower pot with an inside."""
    r = radius
    return turned_shape(
        [(0.02, 0.0), (r * flare, 0.0), (r * (flare + 0.02), 0.01), (r, height), (r - 0.012, height + 0.004),
         (r - 0.022, height), (r * 0.92 - 0.02, height * 0.86), (0.001, height * 0.86)]
    )  # fmt: skip


def bowl(radius: float, height: float) -> Mesh:
    """An open bowl with a foot."""
    r, h = radius, height
    outside = [
        (0.02, 0.0),
        (0.45 * r, 0.0),
        (0.45 * r, 0.012),
        (0.75 * r, 0.35 * h),
        (0.95 * r, 0.75 * h),
        (r, h),
    ]
    inside = [(r - 0.008, h), (0.90 * r, 0.72 * h), (0.68 * r, 0.38 * h), (0.3 * r, 0.2 * h), (0.001, 0.18 * h)]
    return turned_shape(outside + inside, 36)


def vase(profile: list[tuple[float, float]], size: float) -> Mesh:
    """A vase from a unit profile (radius, height), closed inside its mouth."""
    points = [(r * size, h * size) for r, h in profile]
    mouth = points[-1]
    return turned_shape(
        [
            (0.004, 0.0),
            *points,
            (mouth[0] - 0.008, mouth[1]),
            (mouth[0] - 0.014, mouth[1] - 0.06),
            (0.001, mouth[1] - 0.08),
        ],
        32,
    )


def drum_shade(radius_low: float, radius_high: float, height: float) -> Mesh:
    """A lamp shade open at both ends, standing on z = 0."""
    low, high = radius_low, radius_high
    rim = [(low, 0.0), (high, height), (high - 0.004, height), (low - 0.004, 0.0), (low, 0.0)]
    return turned_shape(rim, 40, smooth=False)


def curtain(width: float, height: float, folds: int, seed: int, depth: float = 0.055) -> Mesh:
    """A hanging curtain from the rail (z = height) to z = 0, along x from the origin, facing -y."""
    s = np.linspace(0, 1, folds * 14 + 1)
    t = np.linspace(0, 1, 26)
    S, T = np.meshgrid(s, t)
    phase = 2 * math.pi * folds * (S + 0.035 * noise_map(S * folds * 0.6, T * 1.2 + seed, 2, seed))
    swing = depth * (0.55 + 0.45 * (1 - T)) * (1 + 1.1 * noise_map(S * folds * 0.7, T * 1.3, 2, seed + 1))
    y = swing * np.sin(phase) + 0.02 * noise_map(S * 9, T * 3, 2, seed + 2)
    gather = 1 - 0.05 * np.sin(math.pi * T)
    x = width * (0.5 + (S - 0.5) * gather) + 0.35 * swing * np.cos(phase) * 0.5
    cloth = width * 1.9
    return sheet(np.stack([x, y, height * T], -1), np.stack([cloth * S, height * T], -1))


def rod(length: float) -> Mesh:
    """A curtain rod along x, centred, with round finials."""
    ball = turned_shape([(0.001, -0.025), (0.018, -0.017), (0.025, 0.0), (0.018, 0.017), (0.001, 0.025)], 16)
    return join(
        [
            tube([(-length / 2, 0, 0), (0, 0, 0), (length / 2, 0, 0)], 0.011),
            ball.at(-length / 2, 0, 0),
            ball.at(length / 2, 0, 0),
        ]
    )


GREENS = (
    Material(Kind.LEAF, "#4c7040", "#2f5230", seed=1),
    Material(Kind.LEAF, "#5d8147", "#37603a", seed=2),
    Material(Kind.LEAF, "#6f9150", "#446b3a", seed=3),
    Material(Kind.LEAF, "#41663f", "#28472d", seed=4),
)
STEM = Material(Kind.PAINT, "#6d6b45", contrast=1.4)
SOIL = Material(Kind.PAINT, "#3c3029", contrast=3.0)
