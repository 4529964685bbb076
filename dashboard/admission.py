"""The rules of this installation: what the settings and the server's address make of them."""

from __future__ import annotations

import os
import secrets

import streamlit as st
from starlette.requests import Request

from dashboard.api import pairings
from dashboard.gate import LOOPBACK, Rules
from pipeline.api import why_not as why_not
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


def _is_paired(token: str, origin: str | None) -> bool:
    """Whether a token is good, for an extension of this origin if one asks."""
    client = pairings().client(token)
    return client is not None and (origin is None or client.origin == origin)


def rules() -> Rules:
    """Who may come in; asked once the server's address is known."""
    settings = Settings()
    return Rules(
        hosts=frozenset(settings.allowed_hosts),
        beyond=listens_beyond(str(st.get_option("server.address") or "")),
        password=settings.password.get_secret_value(),
        signed_in=_signed_in if uses_oidc() else None,
        trusted=settings.trusted_network,
        paired=_is_paired,
        framed_by=frozenset(settings.embed_in),
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
