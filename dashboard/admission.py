"""The rules of this installation: what the settings and the server's address make of them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import streamlit as st
from starlette.requests import Request

from dashboard.gate import LOOPBACK, Rules
from pipeline.config import Settings
from pipeline.errors import WrongSettings

PASSWORD = "SHOWROOM_PASSWORD"  # noqa: S105 - the name of the setting, not a password


def listens_beyond(host: str) -> bool:
    """Whether a server at this address can be reached from other computers."""
    return host not in LOOPBACK


def uses_oidc() -> bool:
    """Whether OIDC is set up (the section ``auth`` of ``.streamlit/secrets.toml``).

    Raises:
        WrongSettings: it is, but its package is not installed.
    """
    from streamlit.auth_util import get_secrets_auth_section, is_authlib_installed

    if not get_secrets_auth_section():
        return False
    if not is_authlib_installed():
        raise WrongSettings("OIDC is set up, and its package is missing.", "Run: .venv/bin/pip install authlib")
    return True


def _signed_in(request: Request) -> bool:
    """Whether Streamlit's own signed cookie says who it is."""
    from streamlit.web.server.starlette import starlette_auth_routes as auth

    return auth._get_cookie_value_from_request(request, auth.USER_COOKIE_NAME) is not None  # type: ignore[attr-defined]


def rules() -> Rules:
    """Who may come in; asked once the server's address is known."""
    settings = Settings()
    return Rules(
        hosts=frozenset(settings.allowed_hosts),
        beyond=listens_beyond(str(st.get_option("server.address") or "")),
        password=settings.password.get_secret_value(),
        signed_in=_signed_in if uses_oidc() else None,
        trusted=settings.trusted_network,
    )


def make_password(host: str) -> str | None:
    """Make up a password for this run where one is needed and none is set, for this process and its children.

    Returns:
        The password; ``None`` where none was needed.
    """
    settings = Settings()
    if (
        not listens_beyond(host)
        or settings.trusted_network
        or settings.password.get_secret_value()
        or uses_oidc()
    ):
        return None
    os.environ[PASSWORD] = secrets.token_urlsafe(9)
    return os.environ[PASSWORD]


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
