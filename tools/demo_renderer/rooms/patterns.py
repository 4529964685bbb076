"""Large pictures: rugs, and what is seen outside the windows (all sRGB, drawn by chance from a seed)."""

import math

import numpy as np
from jaxtyping import Float
from PIL import Image, ImageDraw, ImageFilter

from tools.demo_renderer.noise import noise_map
from tools.demo_renderer.rooms.pictures import Picture, rgb8

Plane = Float[np.ndarray, "H W"]


def _mix(picture: Float[np.ndarray, "H W 3"], mask: Plane, colour: str) -> None:
    picture += np.clip(mask, 0, 1)[..., None] * (np.array(rgb8(colour), np.float64) - picture)


def oriental_rug(size: tuple[int, int], seed: int) -> Picture:
    """A hand-knotted rug: three borders, a field of varied diamonds and a large medallion, unevenly dyed."""
    rng = np.random.default_rng(seed)
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float64)
    x += 5 * noise_map(x / 70, y / 70, 3, seed)
    y += 5 * noise_map(x / 70 + 50, y / 70, 3, seed)
    edge = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
    picture = np.empty((height, width, 3))
    picture[:] = rgb8("#8e3b2f")
    _lattice(picture, x, y, rng)
    _medallion(picture, (x - width * 0.49) / width, (y - height * 0.51) / width, rng)
    bands = [
        ("#e6d8bd", 0, 6),
        ("#27384c", 6, 18),
        ("#c9a46a", 18, 24),
        ("#34495e", 24, 70),
        ("#e0cfae", 70, 78),
    ]
    for colour, low, high in bands:
        _mix(picture, ((edge >= low) & (edge < high)).astype(float), colour)
    _border_flowers(picture, x, y, edge, rng)
    abrash = 1 + 0.22 * noise_map(x / 400, y / 35, 3, seed + 1) + 0.16 * noise_map(x / 25, y / 25, 3, seed + 2)
    return np.clip(picture * abrash[..., None], 0, 255).astype(np.uint8)


def _lattice(picture: Float[np.ndarray, "H W 3"], x: Plane, y: Plane, rng: np.random.Generator) -> None:
    tones = np.array(
        [rgb8(c) for c in ("#c58f4f", "#27384c", "#d8c6a0", "#5d7466", "#b4573a", "#efe2c4")], np.float64
    )
    cell = 62.0
    a, b = (x + y) / cell, (x - y) / cell
    i, j = np.floor(a).astype(int), np.floor(b).astype(int)
    choice = rng.integers(0, 6, (80, 80))
    style = rng.integers(0, 4, (80, 80))
    tone = tones[choice[i % 80, j % 80]]
    kind = style[i % 80, j % 80]
    p, q = np.abs(a - i - 0.5), np.abs(b - j - 0.5)
    far, near = np.maximum(p, q), np.minimum(p, q)
    mask = np.where(kind == 0, (far > 0.18) & (far < 0.33), (p + q) < 0.34)
    mask = np.where(kind == 2, (near < 0.07) & (far < 0.38), mask)
    mask = np.where(kind == 3, (far < 0.12) | ((far > 0.24) & (far < 0.30) & (near > 0.10)), mask)
    mask |= far > 0.475
    picture += mask[..., None] * (tone - picture) * 0.92


def _medallion(picture: Float[np.ndarray, "H W 3"], x: Plane, y: Plane, rng: np.random.Generator) -> None:
    angle, radius = np.arctan2(y, x * 0.62), np.hypot(x * 0.62, y)
    tones = ["#27384c", "#d8c6a0", "#7c352c", "#c58f4f", "#34495e", "#efe2c4", "#5d7466", "#8e3b2f"]
    for ring, tone in enumerate(tones):
        lobes = int(rng.integers(8, 21))
        outline = 0.150 - 0.019 * ring + 0.006 * np.cos(lobes * angle + ring) + 0.003 * np.cos(3 * angle + ring)
        _mix(picture, (outline - radius) * 500, tone)
        beads = np.cos((lobes + 9) * angle + ring) > 0.55
        _mix(picture, (beads & (np.abs(outline - radius - 0.009) < 0.0035)).astype(float), tones[ring - 3])


def _border_flowers(
    picture: Float[np.ndarray, "H W 3"], x: Plane, y: Plane, edge: Plane, rng: np.random.Generator
) -> None:
    height, width = x.shape
    on_side = np.minimum(x, width - x) < np.minimum(y, height - y)
    along = np.where(on_side, y, x) / 47.0
    k = np.floor(along).astype(int)
    across = (edge - 47.0) / 23.0
    local = along - k - 0.5
    tone = np.array([rgb8(c) for c in ("#c58f4f", "#b4573a", "#d8c6a0", "#8aa08a", "#efe2c4")], np.float64)
    lookup = rng.integers(0, 5, 200)
    radius = np.hypot(local * 2.0, across)
    angle = np.arctan2(across, local * 2.0)
    lobes = rng.integers(4, 8, 200)[k % 200]
    flower = (np.abs(across) < 0.95) & (radius < 0.62 + 0.2 * np.cos(lobes * angle))
    picture += flower[..., None] * (tone[lookup[k % 200]] - picture)
    _mix(picture, ((radius < 0.22) & (np.abs(across) < 0.9)).astype(float), "#27384c")
    vine = np.abs(across - 0.75 * np.sin(along * 2 * math.pi)) < 0.10
    _mix(picture, (vine & (edge > 24) & (edge < 70) & ~flower).astype(float), "#d8c6a0")


def berber_rug(size: tuple[int, int], seed: int) -> Picture:
    """Natural wool with hand-drawn dark diamonds and dashes of colour."""
    rng = np.random.default_rng(seed)
    image = Image.new("RGB", (2 * size[0], 2 * size[1]), rgb8("#e4dac6"))
    draw = ImageDraw.Draw(image)
    width, height = image.size
    cells = 7
    for row in range(5):
        for column in range(cells):
            cx = width * (column + 0.5 + 0.5 * (row % 2) + rng.uniform(-0.10, 0.10)) / cells
            cy = height * (row + 0.5 + rng.uniform(-0.09, 0.09)) / 5
            w, h = width / cells * rng.uniform(0.34, 0.5), height / 10 * rng.uniform(0.75, 1.05)
            tone = rgb8(str(rng.choice(["#4a4440", "#4a4440", "#6b5746", "#a5643f", "#5f6f6b"])))
            knots = [(cx - w, cy), (cx, cy - h), (cx + w, cy), (cx, cy + h), (cx - w, cy)]
            draw.line([(a + rng.uniform(-9, 9), b + rng.uniform(-9, 9)) for a, b in knots], fill=tone, width=11)
            for _ in range(int(rng.integers(1, 5))):
                a, b = cx + rng.uniform(-0.4, 0.4) * w, cy + rng.uniform(-0.4, 0.4) * h
                draw.line((a, b, a + rng.uniform(-26, 26), b + rng.uniform(8, 34)), fill=tone, width=10)
    for _ in range(46):
        a, b = rng.uniform(0, width), rng.uniform(0, height)
        tone = rgb8(str(rng.choice(["#b9753f", "#6f8580", "#8c5a4a", "#d0a45c"])))
        draw.line((a, b, a + rng.uniform(-30, 30), b + rng.uniform(-14, 14)), fill=tone, width=9)
    pixels = np.asarray(image.resize(size, Image.Resampling.LANCZOS), np.float64)
    y, x = np.mgrid[: size[1], : size[0]]
    wool = 1 + 0.20 * noise_map(x / 90, y / 12, 3, seed) + 0.18 * noise_map(x / 14, y / 14, 3, seed + 1)
    return np.clip(pixels * wool[..., None], 0, 255).astype(np.uint8)


def _sky(size: tuple[int, int], seed: int) -> Float[np.ndarray, "H W 3"]:
    width, height = size
    y, x = np.mgrid[:height, :width].astype(np.float64)
    up = np.clip(1 - y / (0.62 * height), 0, 1)[..., None]
    sky = (1 - up) * np.array(rgb8("#e9f0f4")) + up * np.array(rgb8("#8fb8de"))
    cloud = np.clip(noise_map(x / 260, y / 110, 6, seed) * 4.0 - 0.1, 0, 1)[..., None]
    result: Float[np.ndarray, "H W 3"] = sky + cloud * (np.array(rgb8("#fbfbfa")) - sky)
    return result


def _facades(draw: ImageDraw.ImageDraw, size: tuple[int, int], rng: np.random.Generator, top: float) -> None:
    width, height = size
    walls = ["#d9c7a8", "#c9a88b", "#e3d8c3", "#b98d74", "#cfc6b6", "#d8b79a", "#a9a59b"]
    x = -20.0
    while x < width:
        w, eaves = rng.uniform(0.07, 0.13) * width, height * (top + rng.uniform(-0.05, 0.05))
        wall = rgb8(str(rng.choice(walls)))
        roof = rgb8(str(rng.choice(["#7b4a3a", "#5d4f4a", "#8a5a44", "#4f5559"])))
        ridge = eaves - height * rng.uniform(0.05, 0.10)
        draw.polygon(
            [(x - 4, eaves), (x + 0.14 * w, ridge), (x + 0.86 * w, ridge), (x + w + 4, eaves)], fill=roof
        )
        draw.rectangle((x, eaves, x + w, height), fill=wall)
        draw.rectangle((x + 0.7 * w, ridge - 0.03 * height, x + 0.76 * w, eaves - 4), fill=rgb8("#6e5548"))
        columns = int(rng.integers(3, 5))
        step_x, step_y = w / columns, height * 0.085
        for i in range(columns):
            for j in range(9):
                a, b = x + (i + 0.28) * step_x, eaves + 0.022 * height + j * step_y
                pane = rgb8(str(rng.choice(["#56646e", "#3f4a52", "#7d8b93", "#66625c"])))
                draw.rectangle(
                    (a - 3, b - 3, a + 0.44 * step_x + 3, b + 0.6 * step_y + 3), fill=rgb8("#efe9dd")
                )
                draw.rectangle((a, b, a + 0.44 * step_x, b + 0.6 * step_y), fill=pane)
                draw.line(
                    (a + 0.22 * step_x, b, a + 0.22 * step_x, b + 0.6 * step_y), fill=rgb8("#efe9dd"), width=2
                )
        draw.line((x, eaves + 2, x + w, eaves + 2), fill=rgb8("#f0e8da"), width=5)
        x += w + rng.choice([0.0, 0.0, 8.0])


def _trees(pixels: Float[np.ndarray, "H W 3"], rng: np.random.Generator, count: int, line: float) -> None:
    height, width = pixels.shape[:2]
    y, x = np.mgrid[:height, :width].astype(np.float64)
    rough = noise_map(x / 22, y / 22, 4, int(rng.integers(1000)))
    fine = noise_map(x / 6, y / 6, 3, int(rng.integers(1000)))
    for k in range(count):
        cx = width * ((k + rng.uniform(0.15, 0.85)) / count)
        cy, radius = height * (line + rng.uniform(-0.03, 0.05)), height * rng.uniform(0.10, 0.17)
        away = np.hypot((x - cx) / 1.05, y - cy) / radius + 0.9 * rough
        cover = np.clip((1.0 - away) * 12, 0, 1) * np.clip(0.9 + 3.0 * fine, 0, 1)
        lit = np.clip(0.5 - (y - cy) / (2.0 * radius) + 1.3 * fine + 0.6 * rough, 0, 1)[..., None]
        dark, pale = np.array(rgb8("#4a6236")), np.array(rgb8("#b2c277"))
        pixels += cover[..., None] * (dark + lit * (pale - dark) - pixels)


def outside_view(size: tuple[int, int], seed: int, roofs: float, trees: int, tree_line: float) -> Picture:
    """Sky, a row of houses and trees; ``roofs`` and ``tree_line`` are fractions of the height from the top."""
    rng = np.random.default_rng(seed)
    image = Image.fromarray(np.clip(_sky(size, seed), 0, 255).astype(np.uint8))
    _facades(ImageDraw.Draw(image), size, rng, roofs)
    pixels = np.asarray(image.filter(ImageFilter.GaussianBlur(1.0)), np.float64).copy()
    y, x = np.mgrid[: size[1], : size[0]]
    pixels *= 1 + 0.12 * noise_map(x / 40, y / 40, 4, seed + 3)[..., None]
    _trees(pixels, rng, trees, tree_line)
    hazy = Image.fromarray(np.clip(0.86 * pixels + 0.14 * np.array(rgb8("#dfe7ee")), 0, 255).astype(np.uint8))
    return np.asarray(hazy.filter(ImageFilter.GaussianBlur(1.2)))
