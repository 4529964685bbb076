"""A hub of one repository on 127.0.0.1, and the store of large files that it redirects to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from huggingface_hub.utils.sha import git_hash

CONTENT = {
    "config.json": b'{"a": 1}',
    "model.safetensors": bytes(range(256)) * 12_000,
    "README.md": b"words",
}


@dataclass
class FakeHub:
    """What the hub does, and what it was asked.

    Attributes:
        breaks: after how many bytes the coming answers end, the rest of the connections is whole.
        ranges: whether it knows the Range header.
        lies: whether the digest it tells is of another file.
        gated: token that opens the files; ``accepted`` whether its owner was let in.
        broken: status of every answer.
        tree: what it answers instead of a list of files.
        asked: path, first byte and token of every request for a file; the store's paths begin with ``/cdn``.
    """

    breaks: list[int] = field(default_factory=list)
    ranges: bool = True
    lies: bool = False
    gated: str | None = None
    accepted: bool = True
    broken: int | None = None
    tree: bytes | None = None
    asked: list[tuple[str, int, str | None]] = field(default_factory=list)
    url: str = ""
    store: str = ""

    def listing(self) -> bytes:
        """The list of files as the hub writes it."""
        if self.tree is not None:
            return self.tree
        rows = []
        for name, content in CONTENT.items():
            row: dict[str, object] = {
                "type": "file",
                "path": name,
                "size": len(content),
                "oid": git_hash(content),
            }
            if name.endswith(".safetensors"):
                digest = hashlib.sha256(b"other" if self.lies else content).hexdigest()
                row["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 130}
            rows.append(row)
        return json.dumps(rows).encode()


@contextmanager
def serving(hub: FakeHub) -> Iterator[FakeHub]:
    """Serve ``hub`` and its store (another host, for tokens must not go there) until the block ends."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub)) for _ in range(2)]
    threads = [Thread(target=server.serve_forever, args=(0.02,), daemon=True) for server in servers]
    hub.url, hub.store = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join()


def _handler(hub: FakeHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if hub.broken is not None:
                self._answer(hub.broken)
            elif "/tree/" in self.path:
                self._answer(200, hub.listing())
            else:
                self._file()

        def _file(self) -> None:
            asked = self.headers.get("Range")
            start = int(asked.removeprefix("bytes=").split("-")[0]) if asked and hub.ranges else 0
            token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
            hub.asked.append((self.path, start, token))
            name = self.path.rsplit("/", 1)[1]
            if not self.path.startswith("/cdn"):
                if hub.gated is not None and (token != hub.gated or not hub.accepted):
                    self._answer(403 if token == hub.gated else 401, headers={"X-Error-Code": "GatedRepo"})
                    return
                if name.endswith(".safetensors"):
                    self._answer(302, headers={"Location": f"{hub.store}/cdn/{name}"})
                    return
            self._answer(206 if start else 200, CONTENT[name][start:])

        def _answer(self, status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {"Content-Length": str(len(content)), **(headers or {})}.items():
                self.send_header(key, value)
            self.end_headers()
            end = hub.breaks.pop(0) if hub.breaks and len(content) > 1000 else len(content)
            self.wfile.write(content[:end])
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    return Handler
