"""Pictures whose headers lie: a few kilobytes that claim thousands of megapixels, and files cut off."""

import io
import struct
import zlib
from typing import Any

import pillow_heif

from tests.scrapers.photo_helpers import scene

CLAIMED_PX = 60_000


def _saved(kind: str, **options: Any) -> bytearray:
    pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    scene(width=320, height=240).save(buffer, kind, **options)
    return bytearray(buffer.getvalue())


def jpeg(side_px: int = CLAIMED_PX, *, progressive: bool = False) -> bytes:
    """Its frame header claims; all that follows is a whole picture of 320 x 240 pixels."""
    data = _saved("JPEG", progressive=progressive)
    at = data.index(b"\xff\xc2" if progressive else b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", side_px, side_px)
    return bytes(data)


def png(side_px: int = CLAIMED_PX) -> bytes:
    """A good header, and a few rows."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side_px, side_px, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(bytes(5000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


def webp(side_px: int = CLAIMED_PX, *, animated: bool = False) -> bytes:
    """An extended header with such a canvas around a small picture (a frame of it, where animated)."""

    def little(value: int) -> bytes:
        return struct.pack("<I", value)[:3]

    def chunk(kind: bytes, body: bytes) -> bytes:
        return kind + struct.pack("<I", len(body)) + body

    picture = bytes(_saved("WEBP", lossless=True)[12:])
    if animated:
        frame = little(0) * 2 + little(319) + little(239) + little(100) + b"\0" + picture
        picture = chunk(b"ANIM", bytes(6)) + chunk(b"ANMF", frame)
    canvas = bytes([2 * animated, 0, 0, 0]) + 2 * little(side_px - 1)
    return chunk(b"RIFF", b"WEBP" + chunk(b"VP8X", canvas) + picture)


def plain_webp() -> bytes:
    """The largest size that the header of a simple WebP can claim."""
    data = _saved("WEBP")
    at = data.index(b"\x9d\x01\x2a")
    data[at + 3 : at + 7] = struct.pack("<HH", 16_383, 16_383)
    return bytes(data)


def heic() -> bytes:
    """Its size property claims."""
    data = _saved("HEIF")
    at = -1
    while (at := data.find(b"ispe", at + 1)) >= 0:
        data[at + 8 : at + 16] = struct.pack(">II", CLAIMED_PX, CLAIMED_PX)
    return bytes(data)


def patched(kind: str, at: int, form: str) -> bytes:
    """A file of a kind whose size stands at a place."""
    data = _saved(kind)
    data[at : at + struct.calcsize(form)] = struct.pack(form, CLAIMED_PX, CLAIMED_PX)
    return bytes(data)


def liars() -> dict[str, bytes]:
    """All of them by name; every suffix is wrong for some."""
    return {
        "sixty_thousand.jpg": jpeg(),
        "eight_thousand.jpg": jpeg(8000),
        "progressive.jpg": jpeg(progressive=True),
        "sixty_thousand.png": png(),
        "eight_thousand.png": png(8000),
        "canvas.webp": webp(),
        "animated.webp": webp(animated=True),
        "plain.webp": plain_webp(),
        "sixty_thousand.heic": heic(),
        "sixty_thousand.gif": patched("GIF", 6, "<HH"),
        "sixty_thousand.bmp": patched("BMP", 18, "<ii"),
        "really_a_png.jpg": png(),
        "really_a_jpeg.heic": jpeg(),
        "cut_off.jpg": bytes(_saved("JPEG")[:3000]),
        "cut_off.png": bytes(_saved("PNG")[:3000]),
        "cut_off.webp": bytes(_saved("WEBP")[:3000]),
        "cut_off.heic": bytes(_saved("HEIF")[:3000]),
        "text.jpg": b"this is no picture",
    }
