"""Pictures made for tests."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def scene(seed: int = 0, width: int = 640, height: int = 480) -> Image.Image:
    """A picture with large and small structure, different for every seed."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    noise = rng.integers(-12, 13, (height, width, 3))
    return Image.fromarray(np.clip(np.asarray(coarse, dtype=np.int64) + noise, 0, 255).astype(np.uint8))


def save(image: Image.Image, path: Path, **options: Any) -> Path:
    """Save and return the path; parents are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".heic" and isinstance(data := options.get("exif"), Image.Exif):
        options["exif"] = data.tobytes()  # only so does pillow-heif write the rotation that HEIF readers obey
    image.save(path, **options)
    return path


def jpeg_bytes(image: Image.Image, **options: Any) -> bytes:
    """The picture as a JPEG file."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def exif(orientation: int | None = None, f35_mm: int | None = None, gps: bool = False) -> Image.Exif:
    """EXIF data as phones write it."""
    data = Image.Exif()
    data[0x010F], data[0x0110] = "Maker", "Phone 7"
    if orientation is not None:
        data[0x0112] = orientation
    if f35_mm is not None:
        data.get_ifd(0x8769)[0xA405] = f35_mm
    if gps:
        data.get_ifd(0x8825)[1] = "N"
        data.get_ifd(0x8825)[2] = (1.0, 17.0, 24.0)
    return data


def pixels(path: Path) -> np.ndarray:
    """RGB values, signed so that they can be subtracted."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).astype(np.int64)
