"""Flat pictures in the rooms, drawn by chance from a seed: art prints, rugs and book spines (all sRGB)."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw, ImageFont

from tools.demo_renderer.noise import noise_map

Picture = UInt8[np.ndarray, "H W 3"]
Rgb8 = tuple[int, int, int]
PAPER: Rgb8 = (243, 238, 226)
_WORDS = [
    "River", "Tide", "Garden", "Linden", "Market", "Atlas", "Winter", "Harbour", "Notes", "Paper", "Olive",
    "Salt", "Maps", "North", "Letters", "Morning", "Bread", "Stone", "Ferry", "Orchard", "Night", "Colour",
    "Field", "Island", "Copper", "Lantern", "Swallow", "Meridian", "Clay", "Violet", "Ember", "Station",
]  # fmt: skip
_SPINES = [
    "#7a2e2a", "#24445c", "#d8c9a5", "#3d5a45", "#b5562f", "#e9e3d3", "#1f2a33", "#8c6d46", "#c98f3d",
    "#5b3a57", "#94a7a8", "#2f6f73", "#d7b7a3", "#6a7440", "#a33b3b", "#ece7dc", "#384a7a", "#c8bfae",
    "#e0a33a", "#4c4643",
]  # fmt: skip


def rgb8(colour: str) -> Rgb8:
    """``"#rrggbb"`` as three bytes."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _finish(canvas: Image.Image, size: tuple[int, int], seed: int) -> Picture:
    small: Float[np.ndarray, "H W 3"] = np.asarray(canvas.resize(size, Image.Resampling.LANCZOS), np.float64)
    y, x = np.mgrid[: size[1], : size[0]]
    grain = 10 * noise_map(x / 3.0, y / 3.0, 2, seed) + 14 * noise_map(x / 60.0, y / 60.0, 4, seed + 1)
    finished: Picture = np.clip(small + grain[..., None], 0, 255).astype(np.uint8)
    return finished


def _canvas(size: tuple[int, int], colour: Rgb8 = PAPER) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (2 * size[0], 2 * size[1]), colour)
    return image, ImageDraw.Draw(image)


def hills(size: tuple[int, int], seed: int) -> Picture:
    """Layered hills under a low sun."""
    image, draw = _canvas(size)
    width, height = image.size
    tones = ["#e7c9a2", "#d99a6c", "#b4694b", "#7f5a55", "#4d5a66", "#2f4450"]
    draw.rectangle((0, 0, width, height), fill=rgb8("#f0dfc4"))
    cx, cy, r = 0.64 * width, 0.30 * height, 0.13 * width
    draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=rgb8("#cf5a34"))
    x = np.linspace(0, width, 160)
    for layer, tone in enumerate(tones):
        base = height * (0.36 + 0.105 * layer)
        ridge = base + height * 0.26 * noise_map(x / width * (2 + layer * 0.7), x * 0 + layer * 9.7, 4, seed)
        draw.polygon(
            [(0, height), *zip(x.tolist(), ridge.tolist(), strict=True), (width, height)], fill=rgb8(tone)
        )
    return _finish(image, size, seed)


def cut_outs(size: tuple[int, int], seed: int) -> Picture:
    """Leaf-like paper cut-outs on coloured fields."""
    rng = np.random.default_rng(seed)
    image, draw = _canvas(size)
    width, height = image.size
    fields = ["#2f5d73", "#e3b23c", "#c9533b", "#efe6d2", "#6f8f72", "#d99c94"]
    cells = [(i, j) for i in range(2) for j in range(3)]
    for number, (i, j) in enumerate(cells):
        box = (i * width / 2, j * height / 3, (i + 1) * width / 2, (j + 1) * height / 3)
        draw.rectangle(box, fill=rgb8(fields[number]))
        shape = rgb8(fields[(number + 2 + int(rng.integers(2))) % 6])
        cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        angle = np.linspace(0, 2 * math.pi, 220)
        lobes = int(rng.integers(5, 9))
        radius = min(width / 4, height / 6) * (0.58 + 0.32 * np.sin(lobes * angle + rng.uniform(0, 6)))
        radius *= 1 + 0.5 * noise_map(np.cos(angle) * 1.5 + number, np.sin(angle) * 1.5, 2, seed)
        turn = angle + rng.uniform(0, 6)
        xs, ys = cx + radius * np.cos(turn), cy + 1.1 * radius * np.sin(turn)
        draw.polygon(list(zip(xs.tolist(), ys.tolist(), strict=True)), fill=shape)
    return _finish(image, size, seed)


def botanical(size: tuple[int, int], seed: int) -> Picture:
    """A pressed branch with paired leaves, like a plate from a herbarium."""
    rng = np.random.default_rng(seed)
    image, draw = _canvas(size)
    width, height = image.size
    greens = ["#3f5b3c", "#5c7a4f", "#7b8f5a", "#2f4a3a"]
    t = np.linspace(0, 1, 60)
    stem_x = width * (0.5 + 0.10 * np.sin(2.4 * t + seed))
    stem_y = height * (0.90 - 0.78 * t)
    for k in range(6, 60, 4):
        for side in (-1, 1):
            length = width * (0.36 - 0.22 * t[k]) * rng.uniform(0.85, 1.1)
            angle = side * (0.95 + rng.uniform(-0.15, 0.15))
            dx, dy = math.sin(angle), -math.cos(angle)
            s = np.linspace(0, 1, 24)
            bulge = 0.20 * length * np.sin(math.pi * s**0.8)
            mx, my = stem_x[k] + s * length * dx, stem_y[k] + s * length * dy
            outline = [*zip(mx - bulge * dy, my + bulge * dx, strict=True)]
            outline += [*zip((mx + bulge * dy)[::-1], (my - bulge * dx)[::-1], strict=True)]
            draw.polygon([(float(a), float(b)) for a, b in outline], fill=rgb8(greens[int(rng.integers(4))]))
            vein = [(float(mx[0]), float(my[0])), (float(mx[-1]), float(my[-1]))]
            draw.line(vein, fill=rgb8("#a9b78d"), width=3)
    stem = [(float(a), float(b)) for a, b in zip(stem_x, stem_y, strict=True)]
    draw.line(stem, fill=rgb8("#4d4030"), width=8)
    font = ImageFont.load_default(width // 22)
    draw.text(
        (width * 0.36, height * 0.93),
        f"Tilia {_WORDS[seed % len(_WORDS)].lower()}",
        fill=(90, 80, 66),
        font=font,
    )
    return _finish(image, size, seed)


def city_plan(size: tuple[int, int], seed: int) -> Picture:
    """An invented town plan: blocks between crooked streets, a river, a park."""
    rng = np.random.default_rng(seed)
    image, draw = _canvas(size, rgb8("#e9e2d0"))
    width, height = image.size
    xs = np.cumsum(rng.uniform(0.045, 0.10, 22))
    ys = np.cumsum(rng.uniform(0.035, 0.09, 30))

    def place(x: float, y: float) -> tuple[float, float]:
        bend = noise_map(np.array([x * 2.3]), np.array([y * 2.3]), 2, seed)[0]
        other = noise_map(np.array([x * 2.3 + 40]), np.array([y * 2.3]), 2, seed)[0]
        return (x + 0.22 * bend - 0.1) * width, (y + 0.22 * other - 0.1) * height

    tones = ["#3a4a5a", "#53636f", "#8b5e4a", "#6d7b74", "#2e3b47", "#b98a5d"]
    for x0, x1 in pairwise(xs):
        for y0, y1 in pairwise(ys):
            gap = 0.008
            corners = [(x0 + gap, y0 + gap), (x1 - gap, y0 + gap), (x1 - gap, y1 - gap), (x0 + gap, y1 - gap)]
            tone = tones[int(rng.choice(6, p=[0.36, 0.22, 0.12, 0.14, 0.10, 0.06]))]
            if rng.uniform() > 0.10:
                draw.polygon([place(a, b) for a, b in corners], fill=rgb8(tone))
    s = np.linspace(-0.1, 1.2, 60)
    river = [place(float(a), 0.62 + 0.13 * math.sin(5 * a) - 0.2 * a) for a in s]
    draw.line(river, fill=rgb8("#e9e2d0"), width=width // 13, joint="curve")
    draw.line(river, fill=rgb8("#7fa5b0"), width=width // 18, joint="curve")
    return _framed_text(image, size, seed, "LINDEN TOWN")


def shapes(size: tuple[int, int], seed: int) -> Picture:
    """Mid-century arcs and discs."""
    rng = np.random.default_rng(seed)
    image, draw = _canvas(size)
    width, height = image.size
    tones = ["#1f3a4d", "#d9822b", "#b23a2e", "#8aa39b", "#e8c784", "#4a3b35"]
    for k in range(13):
        r = width * rng.uniform(0.06, 0.26)
        cx, cy = width * rng.uniform(0.15, 0.85), height * rng.uniform(0.12, 0.85)
        start = float(rng.choice([0, 90, 180, 270]))
        box = (cx - r, cy - r, cx + r, cy + r)
        tone = rgb8(tones[k % 6])
        if k % 3 == 0:
            draw.pieslice(box, start, start + 180, fill=tone)
        elif k % 3 == 1:
            for ring in range(4):
                q = r * (1 - 0.25 * ring)
                draw.arc((cx - q, cy - q, cx + q, cy + q), start, start + 180, fill=tone, width=int(r * 0.11))
        else:
            draw.ellipse((cx - r / 2, cy - r / 2, cx + r / 2, cy + r / 2), fill=tone)
    return _framed_text(image, size, seed, _WORDS[seed % len(_WORDS)].upper())


def ink(size: tuple[int, int], seed: int) -> Picture:
    """Broad brush marks in ink and ochre."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: 2 * size[1], : 2 * size[0]] / (2.0 * size[0])
    picture = np.empty((*x.shape, 3))
    picture[:] = PAPER
    for k, tone in enumerate(["#23303a", "#b8863b", "#5d7480", "#23303a", "#a34a35"]):
        angle, offset = rng.uniform(-0.9, 0.9), rng.uniform(0.25, 1.1)
        along = x * math.cos(angle) + y * math.sin(angle)
        across = -x * math.sin(angle) + y * math.cos(angle) - offset + 0.16 * np.sin(3 * along + k)
        edge = 0.07 + 0.05 * rng.uniform() + 0.03 * noise_map(along * 4, along * 0 + k, 3, seed)
        bristle = 0.5 + noise_map(along * 2.5, across * 110, 3, seed + k)
        cover = np.clip((edge - np.abs(across)) * 80, 0, 1) * np.clip(2.4 * bristle - 0.35, 0, 1)
        cover *= np.clip((0.95 - np.abs(along - rng.uniform(0.4, 0.8)) * 1.9) * 6, 0, 1)
        picture += cover[..., None] * (np.array(rgb8(tone)) - picture)
    return _finish(Image.fromarray(picture.astype(np.uint8)), size, seed)


def _framed_text(image: Image.Image, size: tuple[int, int], seed: int, text: str) -> Picture:
    width, height = image.size
    sheet = Image.new("RGB", image.size, PAPER)
    margin = width // 14
    inner = image.resize((width - 2 * margin, height - 4 * margin))
    sheet.paste(inner, (margin, margin))
    font = ImageFont.load_default(int(1.3 * margin))
    ImageDraw.Draw(sheet).text((margin, height - 2.5 * margin), text, fill=(52, 48, 44), font=font)
    return _finish(sheet, size, seed)


#: every kind of art print, by name
PRINTS: dict[str, Callable[[tuple[int, int], int], Picture]] = {
    "hills": hills,
    "cut-outs": cut_outs,
    "botanical": botanical,
    "city plan": city_plan,
    "shapes": shapes,
    "ink": ink,
}


def matted(picture: Picture, margin_px: int) -> Picture:
    """A picture behind a passe-partout with a bevelled edge."""
    height, width = picture.shape[:2]
    out = np.full((height + 2 * margin_px, width + 2 * margin_px, 3), (247, 245, 239), np.uint8)
    out[margin_px - 3 : margin_px + height + 3, margin_px - 3 : margin_px + width + 3] = (205, 200, 190)
    out[margin_px : margin_px + height, margin_px : margin_px + width] = picture
    return out


def book_spines(count: int, seed: int) -> tuple[Picture, Float[np.ndarray, "N 4"]]:
    """An atlas of book spines with titles and bands, and the (u0, v0, u1, v1) of each."""
    rng = np.random.default_rng(seed)
    cell_w, cell_h, columns = 44, 256, 24
    rows = -(-count // columns)
    atlas = Image.new("RGB", (columns * cell_w, rows * cell_h))
    places = np.empty((count, 4))
    for k in range(count):
        atlas.paste(_spine(rng, cell_w, cell_h), ((k % columns) * cell_w, (k // columns) * cell_h))
        u, v = (k % columns) / columns, (k // columns) / rows
        pad_u, pad_v = 1.0 / (columns * cell_w), 1.0 / (rows * cell_h)
        places[k] = u + pad_u, v + pad_v, u + 1 / columns - pad_u, v + 1 / rows - pad_v
    pixels = np.asarray(atlas, np.float64)
    y, x = np.mgrid[: atlas.height, : atlas.width]
    wear = 26 * noise_map(x / 9.0, y / 14.0, 4, seed)
    return np.clip(pixels + wear[..., None], 0, 255).astype(np.uint8), places


def _spine(rng: np.random.Generator, width: int, height: int) -> Image.Image:
    base = rgb8(_SPINES[int(rng.integers(len(_SPINES)))])
    other = rgb8(_SPINES[int(rng.integers(len(_SPINES)))])
    light = sum(base) > 380
    ink_tone = (40, 36, 34) if light else (236, 226, 200)
    lying = Image.new("RGB", (height, width), base)
    draw = ImageDraw.Draw(lying)
    style = int(rng.integers(4))
    if style == 0:
        draw.rectangle((height * 0.70, 0, height * 0.86, width), fill=other)
    elif style == 1:
        for x in (0.05, 0.09, 0.88, 0.92):
            draw.rectangle((height * x, 0, height * x + 4, width), fill=ink_tone)
    elif style == 2:
        draw.rectangle((0, 0, height * rng.uniform(0.15, 0.4), width), fill=other)
    title = " ".join(_WORDS[int(i)] for i in rng.integers(len(_WORDS), size=int(rng.integers(1, 4))))
    font = ImageFont.load_default(int(rng.integers(15, 26)))
    draw.text(
        (height * 0.13, width * 0.22), title.upper() if rng.uniform() > 0.5 else title, fill=ink_tone, font=font
    )
    return lying.transpose(Image.Transpose.ROTATE_270)
