"""``python -m pipeline mcp``: ShowRoom as tools of an agent."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

import typer

from pipeline.config import Settings


def mcp(
    http: Annotated[bool, typer.Option("--http", help="Over HTTP on this computer, not over stdio.")] = False,
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Of --http.")] = 8502,
) -> None:
    """Serve an agent (Model Context Protocol): listings, reports, answers, sizes, analyses."""
    from mcp.server.transport_security import TransportSecuritySettings

    from pipeline.api import agent_server
    from pipeline.store import Store

    logging.basicConfig(stream=sys.stderr, force=True)  # the protocol has the other stream for itself
    server = agent_server(Store.open(Settings()))
    if not http:
        server.run("stdio")
        return
    names = [f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")]
    rules = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=names,
        allowed_origins=[f"http://{name}" for name in names],
    )
    typer.echo(f"http://localhost:{port}/mcp", err=True)
    server.run("streamable-http", host="127.0.0.1", port=port, transport_security=rules)
