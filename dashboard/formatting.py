"""Plain words for quantities, states and languages, and text for places that are read as Markdown."""

from __future__ import annotations

import re
import time
from urllib.parse import urlsplit, urlunsplit

from dashboard.words import language_of, mark, t, tn

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=])")
_STAGES = {
    "collect": mark("Collecting photos and reviews"),
    "group photos": mark("Sorting photos into rooms"),
    "lens": mark("Checking whether the lens bends lines"),
    "cameras": mark("Finding where each photo was taken"),
    "point maps": mark("Measuring depth"),
    "layout": mark("Finding walls, floor and ceiling"),
    "surface": mark("Building the surface"),
    "new views": mark("Filling in what no photo shows"),
    "own places": mark("Looking from each photo's place"),
    "size": mark("Measuring the room"),
    "completed surface": mark("Completing the surface"),
    "sentences": mark("Splitting reviews into sentences"),
    "embeddings": mark("Understanding the sentences"),
    "opinions": mark("Weighing what people say"),
    "topics": mark("Finding what people talk about"),
    "reviews": mark("Reading the reviews"),
    "report": mark("Writing the report"),
}
_STATES = {
    "queued": mark("Waiting"),
    "running": mark("Running"),
    "done": mark("Done"),
    "failed": mark("Failed"),
    "cancelled": mark("Cancelled"),
    "waiting": mark("Waiting"),
    "cached": mark("Already known"),
    "impossible": mark("Not possible"),
    "interrupted": mark("Interrupted"),
}


def markdown_text(value: object) -> str:
    """``value`` for a place that Streamlit reads as Markdown (labels): shown as it is, on one line."""
    return _MARKDOWN.sub(r"\\\1", " ".join(str(value).split()))


def mask_url(url: str) -> str:
    """``url`` with its password and the values of its query hidden; other text unchanged."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return t("(not a readable address)")
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
        return t("under 1 s")
    if seconds < 60:
        return t("{seconds} s", seconds=f"{seconds:.0f}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return t("{minutes} min {seconds} s", minutes=minutes, seconds=f"{rest:02d}")
    return t("{hours} h {minutes} min", hours=minutes // 60, minutes=f"{minutes % 60:02d}")


def about(seconds: float) -> str:
    """A time that is only roughly known: ``about 4 minutes``."""
    if seconds < 50:
        return t("less than a minute")
    minutes = round(seconds / 60)
    if minutes < 60:
        return tn("about {number} minute", "about {number} minutes", minutes)
    return tn("about {number} hour", "about {number} hours", round(minutes / 60))


def ago(moment_s: float, now_s: float | None = None) -> str:
    """How long ago a moment (seconds since the epoch) was."""
    seconds = (time.time() if now_s is None else now_s) - moment_s
    if seconds < 60:
        return t("just now")
    if seconds < 3600:
        return tn("{number} minute ago", "{number} minutes ago", int(seconds // 60))
    if seconds < 86400:
        return tn("{number} hour ago", "{number} hours ago", int(seconds // 3600))
    return tn("{number} day ago", "{number} days ago", int(seconds // 86400))


def count(number_of: int, thing: str, things: str | None = None) -> str:
    """A number with its noun, for example ``1 photo``, ``1,204 photos``; the key is ``{number} photo``."""
    return tn(f"{{number}} {thing}", f"{{number}} {things or thing + 's'}", number_of)


def decimal(value: float) -> str:
    """A number without needless zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def sentence(fragment: str) -> str:
    """``fragment`` with a capital at the start and a full stop at the end."""
    plain = fragment.strip()
    return plain[:1].upper() + plain[1:] + ("" if plain.endswith((".", "!", "?")) else ".")


def stage_name(name: str) -> str:
    """A stage in plain words."""
    known = _STAGES.get(name)
    return t(known) if known is not None else name.replace("_", " ").capitalize()


def state_name(state: str) -> str:
    """A state of a job or stage in plain words."""
    known = _STATES.get(str(state))
    return t(known) if known is not None else str(state).capitalize()


def language_name(code: str | None) -> str:
    """A language by its name; codes without one are shown as they are."""
    if not code:
        return t("Language unknown")
    if code == "und":
        return t("Not clear")
    return language_of(code) or code
