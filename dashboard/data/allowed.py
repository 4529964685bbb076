"""Which paths of this computer may be analysed on behalf of somebody else. Knows no Streamlit."""

from __future__ import annotations

from pathlib import Path

from pipeline.config import Settings


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
