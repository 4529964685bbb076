"""Which language a session is shown: the one asked for, else the browser's, else English."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from babel import Locale, negotiate_locale

#: codes with their own names, as the switch shows them
LANGUAGES: Final = {"en": "English", "ko": "한국어"}
DEFAULT: Final = "en"
_LOCALES: Final = {"en": Locale("en", "GB"), "ko": Locale("ko", "KR")}
#: where a session keeps what it is shown, and whether somebody chose that
KEPT: Final = "language"
ASKED_FOR: Final = "language_asked_for"
_spoken: ContextVar[str | None] = ContextVar("spoken", default=None)


def language() -> str:
    """Code of the language of this session; of :func:`speaking` inside such a block."""
    spoken = _spoken.get()
    if spoken is not None:
        return spoken
    return str(_session().get(KEPT, DEFAULT))


def locale() -> Locale:
    """Babel's locale of the language."""
    return _LOCALES[language()]


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """All texts made inside the block are in this language.

    Raises:
        ValueError: there is no such language.
    """
    if code not in LANGUAGES:
        raise ValueError(f"texts are in {', '.join(LANGUAGES)}, not in {code!r}")
    token = _spoken.set(code)
    try:
        yield
    finally:
        _spoken.reset(token)


def best_of(accepted: str | None) -> str:
    """The language of a browser's ``Accept-Language`` (or locale) that texts are in, English if none is."""
    weighed = [_weighed(part) for part in (accepted or "").split(",") if part.strip()]
    wanted = [tag.replace("-", "_") for tag, weight in sorted(weighed, key=lambda own: -own[1]) if weight > 0]
    return negotiate_locale(wanted, list(LANGUAGES)) or DEFAULT


def _weighed(part: str) -> tuple[str, float]:
    tag, _, quality = part.strip().partition(";q=")
    try:
        return tag.strip(), float(quality) if quality else 1.0
    except ValueError:
        return tag.strip(), 0.0


def chosen(asked: str | None, accepted: str | None) -> str:
    """Settle the language of this session and keep it: ``asked`` for, else kept, else the browser's."""
    session = _session()
    if asked in LANGUAGES:
        session[KEPT], session[ASKED_FOR] = asked, True
    elif KEPT not in session:
        session[KEPT] = best_of(accepted)
    return str(session[KEPT])


def in_address() -> str:
    """What an address ends with so that the choice outlives a reload; empty without a choice."""
    return f"&lang={language()}" if _session().get(ASKED_FOR) else ""


def _session() -> dict[str, object]:
    """What this session keeps; nothing outside of a page (commands, tests, downloads)."""
    if "streamlit" not in sys.modules:
        return {}
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return {}
    import streamlit as st

    return st.session_state  # type: ignore[return-value]
