"""Archives and folders with tricks in names, damaged bytes, foreign and missing parts."""

from __future__ import annotations

import io
import random
import stat
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Final

from scrapers.airbnb.saved import SavedPageSource
from scrapers.intake.understand import outline
from scrapers.sources import resolve
from tests.replica.drawn import drawn_html
from tests.replica.payloads import invent
from tests.replica.site import jpeg

NAMES: Final = (
    *("Bedroom/a.jpg", "Kitchen/b.jpg", "c.JPG", "listings/12345678/d.jpg", "ids/passport.jpg"),
    *("selfies/me.jpg", "profile/face.jpg", "__MACOSX/._a.jpg", "photos/e.png", "deep/er/and/deeper/f.jpg"),
    *("거실/사진 1.jpg", "CON.jpg", "x" * 200 + ".jpg", "no suffix", ".hidden.jpg", "Thumbs.db"),
)
TRICKS: Final = (
    *("../../out.jpg", "/etc/out.jpg", "C:/out.jpg", "a\\..\\..\\out.jpg", "..", "a/../../out.csv", "\0.jpg"),
    *("//server/out.jpg", "a/./b.jpg", "a//b.jpg", "~/out.jpg", "out.jpg/", "%2e%2e/out.jpg", "a\nb.jpg"),
)
PRIVATE: Final = ("ids", "selfies", "profile")
_REVIEWS: Final = "date,review,rating\n2026-05-01,Lovely and clean.,5\n2026-05-02,Too loud at night.,2\n"
_BOMB_BYTES: Final = 3 * 2**20


@lru_cache(maxsize=8)
def _photo(number: int) -> bytes:
    return jpeg(str(number), 64, 48)


def _contents(rng: random.Random) -> dict[str, bytes]:
    names = rng.sample(NAMES, rng.randint(1, 8)) + rng.sample(TRICKS, rng.randint(0, 3))
    held = {name: rng.choice((_photo(rng.randrange(8)), _photo(0)[:200], b"", b"text")) for name in names}
    extra = {
        "reviews.csv": _REVIEWS.encode(),
        "reviews (1).csv": _REVIEWS.encode()[:40],
        "page.html": drawn_html(invent(5, 3, "new", n_photos=2)).encode(),
        "rooms.json": rng.choice((b'{"Bedroom": ["a.jpg"]}', b"{", b"[]", b'{"": [1]}', b"\xff")),
        "inner.zip": _zipped({"a.jpg": _photo(1)}),
        "zeros.bin": bytes(_BOMB_BYTES),
    }
    return held | {name: extra[name] for name in rng.sample([*extra], rng.randint(0, 3))}


def _zipped(contents: dict[str, bytes], rng: random.Random | None = None) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name)
            if rng is not None and rng.random() < 1 / 20:
                entry.external_attr = (stat.S_IFLNK | 0o777) << 16
                content = b"/etc/passwd"
            archive.writestr(entry, content)
    return stream.getvalue()


def _break(data: bytes, rng: random.Random) -> bytes:
    broken = bytearray(data)
    if rng.random() < 1 / 3:
        del broken[rng.randrange(len(broken)) :]
    for _ in range(rng.randint(0, 12)):
        if broken:
            broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken)


def try_one(rng: random.Random, folder: Path) -> tuple[str, list[str]]:
    """Pack tricks, maybe break the bytes, look into it and collect it.

    Returns:
        The kind of damage, and what was wrong: files outside, pictures of people.

    Raises:
        CollectError: it was refused by name.
    """
    data = _zipped(_contents(rng), rng)
    damaged = rng.random() < 1 / 2
    inside = folder / "in"
    inside.mkdir()
    path = inside / rng.choice(("House.zip", "listing.ZIP", "a b.zip"))
    path.write_bytes(_break(data, rng) if damaged else data)
    told: list[str] = []
    try:
        source = resolve(str(path), cache=inside / "cache")
        outline(source, str(path))
        if source.name == SavedPageSource.name:  # its photos would be downloaded
            return "a page", told
        (inside / "listing").mkdir()
        listing = source.collect(inside / "listing")
        private = [p.original for p in listing.photos if (p.original or "").split("/")[0] in PRIVATE]
        told += [f"a picture of a person: {name}" for name in private]
    finally:
        told += [f"outside: {entry.name}" for entry in folder.iterdir() if entry != inside]
    return "broken bytes" if damaged else "tricks", told
