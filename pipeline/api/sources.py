"""What a program may have analysed: the demo, what the collector takes, and paths below the allowed roots."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Settings
from pipeline.recipe import DEMO_ORIGIN
from scrapers.airbnb.urls import parse_address
from scrapers.errors import CollectError
from scrapers.sources import resolve


class NotAllowed(ValueError):
    """It is not analysed; the message says why, and what is."""


def checked_source(settings: Settings, source: str) -> str:
    """A source that a program named, if it may be analysed. Nothing is fetched here.

    Raises:
        NotAllowed: it may not, or cannot.
    """
    source = source.strip()
    if source == DEMO_ORIGIN:
        return source
    try:
        if "://" in source and not source.startswith("file:"):
            parse_address(source)
            return source
        refusal = why_not(source, settings, beyond=True)
        if refusal is not None:
            raise NotAllowed(refusal)
        resolve(source)
    except CollectError as error:
        raise NotAllowed(str(error)) from error
    return source


def why_not(path: str, settings: Settings, *, beyond: bool) -> str | None:
    """Why a path of this computer may not be analysed on behalf of whoever sits at the page; ``None``: it may.

    On this computer's own page everything may that its user can read. Beyond it, only what lies below the
    allowed roots, and nothing is said about anything else, not even whether it is there.
    """
    if not beyond or not path.strip():
        return None
    place = Path(path.partition("#")[0].partition("?")[0].strip().removeprefix("file://")).expanduser()
    try:
        resolved = place.resolve()
    except (OSError, ValueError, RuntimeError):
        return "This cannot be a path."
    if any(resolved.is_relative_to(root.resolve()) for root in settings.roots):
        return None
    if settings.roots:
        return f"Folders of this computer can be analysed below {', '.join(map(str, settings.roots))}."
    return (
        "Folders of this computer cannot be analysed from here: upload the photos, or ask who runs ShowRoom to"
        " set SHOWROOM_ROOTS."
    )
