"""Plain words for quantities, states and languages, and text for places that are read as Markdown."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit, urlunsplit

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")
_STAGES = {
    "collect": "Collecting photos and reviews",
    "group photos": "Sorting photos into rooms",
    "lens": "Checking whether the lens bends lines",
    "cameras": "Finding where each photo was taken",
    "point maps": "Measuring depth",
    "layout": "Finding walls, floor and ceiling",
    "surface": "Building the surface",
    "new views": "Filling in what no photo shows",
    "own places": "Looking from each photo's place",
    "size": "Measuring the room",
    "completed surface": "Completing the surface",
    "sentences": "Splitting reviews into sentences",
    "embeddings": "Understanding the sentences",
    "opinions": "Weighing what people say",
    "topics": "Finding what people talk about",
    "reviews": "Reading the reviews",
    "report": "Writing the report",
}
_STATES = {
    "queued": "Waiting",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "waiting": "Waiting",
    "cached": "Already known",
    "impossible": "Not possible",
    "interrupted": "Interrupted",
}
_LANGUAGES = {
    "ar": "Arabic",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "und": "Not clear",
    "zh": "Chinese",
}


def markdown_text(value: object) -> str:
    """``value`` for a place that Streamlit reads as Markdown (labels): shown as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(value).split()))


def mask_url(url: str) -> str:
    """``url`` with its password and the values of its query hidden; other text unchanged."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "(not a readable address)"
    if not parts.scheme or not (parts.netloc or parts.query):
        return url
    place = parts.netloc
    if "@" in place:
        account, _, host = place.rpartition("@")
        place = f"{account.partition(':')[0]}:•••@{host}" if ":" in account else f"{account}@{host}"
    query = "&".join(f"{pair.partition('=')[0]}=•••" for pair in parts.query.split("&")) if parts.query else ""
    return urlunsplit((parts.scheme, place, parts.path, query, ""))


def byte_size(number: float) -> str:
    """A number of bytes for people."""
    value = float(number)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def duration(seconds: float) -> str:
    """A time span for people."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def about(seconds: float) -> str:
    """A time that is only roughly known: ``about 4 minutes``."""
    if seconds < 50:
        return "less than a minute"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {count(minutes, 'minute')}"
    return f"about {count(round(minutes / 60), 'hour')}"


def ago(moment_s: float, now_s: float | None = None) -> str:
    """How long ago a moment (seconds since the epoch) was."""
    seconds = (time.time() if now_s is None else now_s) - moment_s
    if seconds < 60:
        return "just now"
    for unit, length in (("minute", 60), ("hour", 3600), ("day", 86400)):
        count = int(seconds // length)
        if count < {"minute": 60, "hour": 24}.get(unit, 10**9):
            return f"{count} {unit}{'s' if count > 1 else ''} ago"
    raise AssertionError("every span fits one of the units")


def count(number: int, thing: str, things: str | None = None) -> str:
    """``number`` with its noun, for example ``1 photo``, ``1,204 photos``."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def decimal(number: float) -> str:
    """A number without needless zeros."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


def sentence(fragment: str) -> str:
    """``fragment`` with a capital at the start and a full stop at the end."""
    plain = fragment.strip()
    return plain[:1].upper() + plain[1:] + ("" if plain.endswith((".", "!", "?")) else ".")


def stage_name(name: str) -> str:
    """A stage in plain words."""
    known = _STAGES.get(name)
    return known if known is not None else name.replace("_", " ").capitalize()


def state_name(state: str) -> str:
    """A state of a job or stage in plain words."""
    return _STATES.get(str(state), str(state).capitalize())


def language_name(code: str | None) -> str:
    """A language in English; codes without a name here are shown as they are."""
    if not code:
        return "Language unknown"
    return _LANGUAGES.get(code.lower().partition("-")[0], code)
