"""Picture files of any usual kind to upright sRGB JPEG bytes, within a fixed amount of memory."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageCms, JpegImagePlugin, UnidentifiedImageError

from scrapers.exif import Capture, read_capture
from scrapers.jpeg import strip_metadata

MIN_EDGE_PX = 200
#: pixels (and, for progressive JPEGs, coefficients) that decoding one picture may need
MAX_DECODED_BYTES = 256 * 2**20
#: pixels that a byte of a file can hold at most: Huffman codes of JPEG spend a bit on every 8 x 8 of them (a
#: progressive grey one), deflate packs 1,032 times. A file that says more lies, or ends too early.
_JPEG_PX_PER_BYTE, _DEFLATE = 512, 1032
#: JPEGs up to this size are copied instead of being encoded again
_MAX_COPIED_BYTES = 32 * 2**20
_JPEG_QUALITY = 95
#: long side by short side: of a picture all around, and of one that no lens takes (the widest phones: 2.35)
_SPHERE, _PANORAMA = 1.95, 2.5
_OTHER_FORMATS = ("PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF")
_HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_DATA_MODES = {
    "1": "black and white only, like a mask",
    "I": "32-bit values in one channel, like a depth map",
    "F": "floating-point values in one channel, like a depth map",
}
#: a photo in shades of grey has more of them than this; a mask or a label picture has fewer
_MIN_GREY_LEVELS = 24
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
#: everything that Pillow and its decoders raise for damaged files
DECODE_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    KeyError,
    IndexError,
    TypeError,
    AttributeError,
    RuntimeError,
    OverflowError,
    ZeroDivisionError,
    MemoryError,
    struct.error,
    zlib.error,
    Image.DecompressionBombError,
)


class Refused(Exception):
    """The file cannot be used as a photo; the message completes the sentence "<name> ..."."""


def open_picture(path: Path) -> Image.Image:
    """Open a picture lazily (only its header is read), whatever its suffix says.

    JPEG and HEIF are opened without Pillow's own limit on pixels: :func:`check` knows better what they cost.

    Raises:
        Refused: if it is none that can be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(30)
        if not head:
            raise Refused("is an empty file")
        if head.startswith(b"\xff\xd8\xff"):
            return JpegImagePlugin.JpegImageFile(path)
        if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
            return _open_heif(path)
        _check_webp(head)
        return Image.open(path, formats=_OTHER_FORMATS)
    except Image.DecompressionBombError as error:
        raise Refused("has too many pixels to be read safely; save it smaller, or as a JPEG") from error
    except UnidentifiedImageError as error:
        raise Refused("is not a picture that can be read, or its beginning is damaged") from error
    except DECODE_ERRORS as error:
        raise Refused(f"is damaged ({_line(error)})") from error


def _line(error: BaseException) -> str:
    """What a decoder said, in one line."""
    return " ".join(str(error).split())


def _open_heif(path: Path) -> Image.Image:
    from pillow_heif import HeifImageFile

    image: Image.Image = HeifImageFile(path)  # type: ignore[no-untyped-call]
    return image


def _check_webp(head: bytes) -> None:
    """Refuse a WebP whose canvas is too large: the decoder makes room for it twice as soon as it is opened."""
    if head[:4] != b"RIFF" or head[8:12] != b"WEBP":
        return
    sizes = {
        b"VP8X": (_little(head, 24, 3) + 1, _little(head, 27, 3) + 1),
        b"VP8L": ((_little(head, 21, 4) & 0x3FFF) + 1, (_little(head, 21, 4) >> 14 & 0x3FFF) + 1),
        b"VP8 ": (_little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF),
    }
    width_px, height_px = sizes.get(head[12:16], (0, 0))
    if 4 * width_px * height_px > MAX_DECODED_BYTES:
        raise _too_large(width_px, height_px)


def _little(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _too_large(width_px: int, height_px: int) -> Refused:
    return Refused(
        f"has {width_px * height_px / 1e6:.0f} megapixels, and a file of this kind has to be read as a "
        "whole; save it smaller, or as a baseline (not progressive) JPEG"
    )


def check(image: Image.Image, max_edge_px: int, file_bytes: int) -> None:
    """Refuse, from the header alone, what is no photo, would take too much memory, or cannot be in the file.

    Raises:
        Refused: with the reason.
    """
    width_px, height_px = image.size
    if min(width_px, height_px) < MIN_EDGE_PX:
        raise Refused(f"is too small ({width_px} x {height_px} pixels; the short side needs {MIN_EDGE_PX})")
    if image.mode.startswith("I;16"):
        raise Refused("is not a photo: it holds 16-bit values in one channel, like a depth map")
    if image.mode in _DATA_MODES:
        raise Refused(f"is not a photo: it is {_DATA_MODES[image.mode]}")
    if is_spherical(image):
        raise Refused("is a 360-degree picture; only ordinary photos are read")
    if _decoded_bytes(image, max_edge_px) > MAX_DECODED_BYTES:
        raise _too_large(width_px, height_px)
    if width_px * height_px > file_bytes * _most_px_per_byte(image):
        raise Refused(
            f"is cut off, or not what it says: {file_bytes:,} bytes cannot hold {width_px} x {height_px} pixels"
        )


def _most_px_per_byte(image: Image.Image) -> float:
    """Of what a file of this kind can hold at most; infinite where packing knows no bound."""
    if image.format == "JPEG":
        return _JPEG_PX_PER_BYTE
    if image.format == "PNG":
        bits = 1 if image.mode in ("L", "P") else 8 * len(image.getbands())
        return _DEFLATE * 8 / bits
    return math.inf


def is_spherical(image: Image.Image) -> bool:
    """Whether a picture shows all around, by what its camera wrote into it (Google's photo sphere metadata)."""
    xmp = image.info.get("xmp") or b""
    text = xmp if isinstance(xmp, bytes) else str(xmp).encode("utf-8", "replace")
    return b"GPano:" in text and b"equirectangular" in text and max(image.size) >= _SPHERE * min(image.size)


def is_panorama(size_px: tuple[int, int]) -> bool:
    """Whether a picture was put together from several while the camera turned, by its shape."""
    return max(size_px) >= _PANORAMA * min(size_px)


def _decoded_bytes(image: Image.Image, max_edge_px: int) -> int:
    """Memory that decoding takes; Pillow stores a colour pixel in four bytes."""
    width_px, height_px = image.size
    bytes_per_pixel = 1 if image.mode in ("L", "P") else 4
    if not isinstance(image, JpegImagePlugin.JpegImageFile):
        return width_px * height_px * bytes_per_pixel
    target_px = _target_px(image.size, max_edge_px)
    reduction = min(width_px // target_px[0], height_px // target_px[1])
    factor = next(factor for factor in (8, 4, 2, 1) if factor <= max(reduction, 1))
    decoded = width_px * height_px * bytes_per_pixel // factor**2
    if image.info.get("progressive"):
        # libjpeg holds all coefficients of a progressive JPEG, two bytes each, at full size.
        samples = [horizontal * vertical for _, horizontal, vertical, _ in image.layer]
        decoded += 2 * width_px * height_px * sum(samples) // max(samples)
    return decoded


def _target_px(size_px: tuple[int, int], max_edge_px: int) -> tuple[int, int]:
    scale = min(1.0, max_edge_px / max(size_px))
    return max(1, round(size_px[0] * scale)), max(1, round(size_px[1] * scale))


def read_exif(image: Image.Image) -> tuple[Capture, str | None]:
    """How the picture was taken, and a warning if its EXIF data is broken. Call :func:`check` first."""
    try:
        exif = image.getexif()
        details: Mapping[int, object] = exif.get_ifd(0x8769)
        return read_capture(exif, details, image.size), None
    except DECODE_ERRORS:
        return Capture(), "has broken EXIF data: its upright direction and focal length are unknown"


def encode_upright(image: Image.Image, path: Path, orientation: int, max_edge_px: int) -> bytes:
    """JPEG bytes of the picture: upright, sRGB, no longer than ``max_edge_px``, without metadata.

    The compressed pixels of ``path`` are copied when they are all that already.

    Raises:
        Refused: if the picture is damaged, cut off, or turns out to be no photo.
    """
    plain = _is_plain_jpeg(image, orientation, max_edge_px)
    try:
        pixels = _load(image, max_edge_px)
    except DECODE_ERRORS as error:
        raise Refused(f"is damaged or cut off ({_line(error)})") from error
    if plain and path.stat().st_size <= _MAX_COPIED_BYTES:
        try:
            return strip_metadata(path.read_bytes())
        except ValueError:
            pass  # it could be decoded, so it is encoded anew
    buffer = io.BytesIO()
    upright(pixels, orientation).save(buffer, "JPEG", quality=_JPEG_QUALITY, subsampling=0, optimize=True)
    return buffer.getvalue()


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """``image`` turned and mirrored as EXIF ``orientation`` (1 to 8) asks for."""
    return image.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else image


def _is_plain_jpeg(image: Image.Image, orientation: int, max_edge_px: int) -> bool:
    profile = image.info.get("icc_profile")
    return (
        image.format == "JPEG"
        and image.mode == "RGB"
        and orientation == 1
        and max(image.size) <= max_edge_px
        and (not profile or _is_srgb(profile))
    )


def _load(image: Image.Image, max_edge_px: int) -> Image.Image:
    """Decode to RGB in sRGB with a long edge of at most ``max_edge_px``, not yet upright."""
    target_px = _target_px(image.size, max_edge_px)
    profile = image.info.get("icc_profile")
    if target_px != image.size:
        image.draft(image.mode, target_px)
    image.load()
    if image.format != "JPEG" and image.mode in ("L", "LA", "P"):
        _check_tones(image)
    pixels = _flatten(image)
    if pixels.size != target_px:
        pixels = pixels.resize(target_px, Image.Resampling.LANCZOS, reducing_gap=3.0)
    return _to_srgb(pixels, profile)


def _check_tones(image: Image.Image) -> None:
    tones = sum(count > 0 for count in image.getchannel(0).histogram())
    if tones < _MIN_GREY_LEVELS:
        raise Refused(f"is not a photo: it has only {tones} flat tones, like a mask or a drawing")


def _flatten(image: Image.Image) -> Image.Image:
    """Without palette and transparency (shown on white); RGB, grey and CMYK wait for the colour profile."""
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        white = Image.new("RGBA", with_alpha.size, "white")
        return Image.alpha_composite(white, with_alpha).convert("RGB")
    return image if image.mode in ("RGB", "L", "CMYK") else image.convert("RGB")


def _to_srgb(image: Image.Image, profile: object) -> Image.Image:
    if isinstance(profile, bytes) and profile and not _is_srgb(profile):
        srgb = ImageCms.createProfile("sRGB")
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, srgb, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            converted = None  # a broken profile, or one for another colour model, is as good as none
        if converted is not None:
            return converted
    return image.convert("RGB")


def _is_srgb(profile: bytes) -> bool:
    try:
        description = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    except (ImageCms.PyCMSError, OSError):
        return False
    return "srgb" in description.casefold()
