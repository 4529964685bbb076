"""Where in a folder that people dropped the listing lies. Pure but for looking into folders."""

from __future__ import annotations

from pathlib import Path

from scrapers.airbnb.saved import PAGE_SUFFIXES
from scrapers.folder import REVIEW_FILES, is_photo_name, scan_folder
from scrapers.reviews_file import REVIEW_SUFFIXES
from scrapers.rooms import ROOMS_FILE, SUBSETS_FILE

_SYSTEM = frozenset(("__macosx", "@eadir", "$recycle.bin"))
#: a folder that is called like a room is one, even if it is the only one
_ROOM_WORDS = (
    *("living", "bed", "kitchen", "bath", "dining", "balcony", "terrace", "garden", "hall", "office", "pool"),
    *("wohn", "schlaf", "küche", "bad", "salon", "chambre", "cuisine", "sala", "dormitorio", "cocina", "baño"),
    *("camera", "cucina", "bagno", "quarto", "cozinha", "keuken", "slaap", "거실", "침실", "주방", "욕실"),
    *("リビング", "寝室", "キッチン", "浴室", "客厅", "卧室", "厨房", "客廳", "臥室", "廚房", "room", "studio"),
)
_MAX_DEPTH = 5


def content_root(folder: Path) -> Path:
    """The folder with the content: a folder that holds nothing but one other is only its wrapping."""
    for _ in range(_MAX_DEPTH):
        entries = [entry for entry in sorted(folder.iterdir()) if not _is_noise(entry)]
        if len(entries) != 1 or not entries[0].is_dir() or entries[0].is_symlink():
            break
        name = entries[0].name.casefold()
        if any(word in name for word in _ROOM_WORDS) and not any(p.is_dir() for p in entries[0].iterdir()):
            break
        folder = entries[0]
    return folder


def page_in(folder: Path) -> Path | None:
    """The only saved page in a folder without photos of its own (those beside a page belong to it)."""
    files = [entry for entry in sorted(folder.iterdir()) if entry.is_file() and not _is_noise(entry)]
    pages = [file for file in files if file.suffix.lower() in PAGE_SUFFIXES]
    if len(pages) != 1 or any(is_photo_name(file) for file in files):
        return None
    stem = pages[0].stem
    others = [p for p in scan_folder(folder).photos if not p.split("/")[0].startswith(stem)]
    return None if others else pages[0]


def table_in(folder: Path) -> Path | None:
    """The only file with rows in a folder, unless one is called ``reviews`` and taken anyway."""
    files = [entry for entry in sorted(folder.iterdir()) if entry.is_file() and not _is_noise(entry)]
    own = (ROOMS_FILE, SUBSETS_FILE)
    tables = [f for f in files if f.name.lower().endswith(REVIEW_SUFFIXES) and f.name not in own]
    return tables[0] if len(tables) == 1 and tables[0].name.casefold() not in REVIEW_FILES else None


def _is_noise(entry: Path) -> bool:
    return entry.name.startswith(".") or entry.name.casefold() in _SYSTEM
