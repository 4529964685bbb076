"""The API from Python.

::

    from pipeline.api import Client

    with Client() as showroom:
        analysis = showroom.submit("https://www.airbnb.com/rooms/123")
        analysis = showroom.wait(analysis.id, lambda one: print(f"{one.fraction:.0%} {one.stage}"))
        print(showroom.ask(analysis.listing, "is it quiet at night?").in_words)
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx2
from pydantic import BaseModel

from pipeline.api import shapes
from pipeline.api.show_json import ShownListing

API = "/api/v1"
HOME = "http://localhost:8501"
#: an answer of the reviews may take so long the first time, when they are read
TIMEOUT_S = 120.0
#: a stream that broke is taken up again after so long
AGAIN_S = 1.0
T = TypeVar("T", bound=BaseModel)


class ApiProblem(Exception):
    """The server refused.

    Attributes:
        status: HTTP status.
        detail: what is wrong, and what to do.
        errors: field by field.
    """

    def __init__(self, status: int, detail: str, errors: Sequence[str] = ()) -> None:
        super().__init__(f"{detail} {'; '.join(errors)}".strip())
        self.status, self.detail, self.errors = status, detail, tuple(errors)


class Client:
    """A ShowRoom that runs somewhere.

    Args:
        address: of its dashboard.
        token: from :meth:`pair`; not needed on the computer that it runs on.
        http: a client to use instead of one of its own (a test's, say).

    Raises:
        ApiProblem: by every method, where the server refuses.
        httpx2.HTTPError: by every method, where it cannot be reached.
    """

    def __init__(
        self, address: str = HOME, token: str | None = None, *, http: httpx2.Client | None = None
    ) -> None:
        self._http = http or httpx2.Client(base_url=address, timeout=TIMEOUT_S)
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release the connection."""
        self._http.close()

    def pair(self, code: str, name: str) -> str:
        """Turn the code that the System page shows into a token; this client uses it from now on."""
        asked = shapes.PairingAsked(code=code, name=name)
        token = self._asked("POST", "/pairings", shapes.Paired, json=asked.model_dump()).token
        self._headers = {"Authorization": f"Bearer {token}"}
        return token

    def version(self) -> shapes.Version:
        """Which ShowRoom it is."""
        return self._asked("GET", "/version", shapes.Version)

    def submit(
        self,
        source: str | None = None,
        *,
        listing: shapes.GivenListing | None = None,
        photos: Sequence[Path] = (),
        rooms: Mapping[str, Sequence[str]] | None = None,
        reviews: Path | None = None,
        archive: Path | None = None,
        options: shapes.Options | None = None,
        key: str | None = None,
    ) -> shapes.Analysis:
        """Submit an analysis: of exactly one of ``source``, ``listing``, files, and ``archive``.

        Args:
            source: an Airbnb address, ``demo``, or a path below an allowed root of the server.
            listing: facts and reviews.
            photos: files of this computer.
            rooms: names of the files that show each room.
            reviews: CSV, Excel or JSON file of this computer.
            archive: a listing's ZIP, or a saved page.
            options: choices.
            key: makes a repeated call harmless for a day.
        """
        ways = [source is not None, listing is not None, bool(photos or reviews), archive is not None]
        if sum(ways) != 1:
            raise ValueError("give one of: a source, a listing, photos and reviews, an archive")
        chosen = options or shapes.Options()
        headers = {"Idempotency-Key": key} if key else {}
        if source is not None:
            body: BaseModel = shapes.SubmittedSource(source=source, options=chosen)
        elif listing is not None:
            body = shapes.SubmittedListing(listing=listing, options=chosen)
        else:
            return self._upload(photos, rooms or {}, reviews, archive, chosen, headers)
        return self._asked(
            "POST", "/analyses", shapes.Analysis, headers=headers, json=body.model_dump(mode="json")
        )

    def _upload(
        self,
        photos: Sequence[Path],
        rooms: Mapping[str, Sequence[str]],
        reviews: Path | None,
        archive: Path | None,
        options: shapes.Options,
        headers: dict[str, str],
    ) -> shapes.Analysis:
        named = [("photos", path) for path in photos]
        named += [("reviews", reviews)] if reviews else []
        named += [("archive", archive)] if archive else []
        fields = {"options": options.model_dump_json()}
        if rooms:
            fields["rooms"] = json.dumps({room: list(names) for room, names in rooms.items()})
        with ExitStack() as opened:
            files = [(field, (path.name, opened.enter_context(path.open("rb")))) for field, path in named]
            return self._asked("POST", "/analyses", shapes.Analysis, headers=headers, data=fields, files=files)

    def analyses(self) -> list[shapes.Analysis]:
        """The newest first."""
        return self._asked("GET", "/analyses", shapes.Analyses).analyses

    def analysis(self, analysis_id: str) -> shapes.Analysis:
        """How far it is."""
        return self._asked("GET", f"/analyses/{analysis_id}", shapes.Analysis)

    def cancel(self, analysis_id: str) -> shapes.Analysis:
        """Stop it at its next step."""
        return self._asked("DELETE", f"/analyses/{analysis_id}", shapes.Analysis)

    def follow(self, analysis_id: str) -> Iterator[shapes.Analysis]:
        """The analysis whenever it changes, until it ends; a connection that breaks is taken up again."""
        while True:
            try:
                for analysis in self._events(analysis_id):
                    yield analysis
                    if analysis.ended:
                        return
            except httpx2.TransportError:
                time.sleep(AGAIN_S)

    def wait(
        self, analysis_id: str, tell: Callable[[shapes.Analysis], object] = lambda analysis: None
    ) -> shapes.Analysis:
        """Wait for its end; ``tell`` hears of every change."""
        last = self.analysis(analysis_id)
        for last in self.follow(analysis_id):
            tell(last)
        return last

    def _events(self, analysis_id: str) -> Iterator[shapes.Analysis]:
        place = f"{API}/analyses/{analysis_id}/events"
        with self._http.stream("GET", place, headers=self._headers) as answer:
            if answer.is_error:
                answer.read()
                raise _problem(answer)
            for line in answer.iter_lines():
                if line == "event: gone":
                    raise ApiProblem(404, "The analysis was deleted with its listing.")
                if line.startswith("data: ") and line != "data: {}":
                    yield shapes.Analysis.model_validate_json(line.removeprefix("data: "))

    def listings(self) -> list[shapes.ListingRow]:
        """The last updated first."""
        return self._asked("GET", "/listings", shapes.Listings).listings

    def listing(self, listing_id: str) -> ShownListing:
        """What was found, as ``show ID --json`` prints it."""
        return self._asked("GET", f"/listings/{listing_id}", ShownListing)

    def sizes(self, listing_id: str) -> list[shapes.RoomSize]:
        """How large its rooms are."""
        return self._asked("GET", f"/listings/{listing_id}/sizes", shapes.Sizes).rooms

    def ask(self, listing_id: str, question: str, sentences: int = shapes.USUAL_SENTENCES) -> shapes.Answer:
        """What its guests say of a question."""
        asked = {"question": question, "sentences": sentences}
        return self._asked("GET", f"/listings/{listing_id}/answers", shapes.Answer, params=asked)

    def compare(self, *listing_ids: str) -> shapes.Comparing:
        """Listings side by side."""
        return self._asked("GET", "/compare", shapes.Comparing, params={"listing": list(listing_ids)})

    def artefacts(self, listing_id: str) -> list[shapes.Artefact]:
        """Its files."""
        return self._asked("GET", f"/listings/{listing_id}/artefacts", shapes.Artefacts).artefacts

    def fetch(self, listing_id: str, artefact: str, to: Path) -> Path:
        """Write one of its files to ``to``."""
        return self._write(f"/listings/{listing_id}/artefacts/{artefact}", to)

    def archive(self, listing_id: str, to: Path) -> Path:
        """Write the listing as one ZIP to ``to``."""
        return self._write(f"/listings/{listing_id}/archive", to)

    def delete(self, listing_id: str) -> shapes.Deleted:
        """Delete the listing with all that is known of it."""
        return self._asked("DELETE", f"/listings/{listing_id}", shapes.Deleted)

    def _asked(
        self, method: str, path: str, kind: type[T], headers: dict[str, str] | None = None, **what: Any
    ) -> T:
        answer = self._http.request(
            method, f"{API}{path}", headers={**self._headers, **(headers or {})}, **what
        )
        if answer.is_error:
            raise _problem(answer)
        return kind.model_validate_json(answer.content)

    def _write(self, path: str, to: Path) -> Path:
        part = to.with_name(f".{to.name}.part")
        try:
            with self._http.stream("GET", f"{API}{path}", headers=self._headers) as answer:
                if answer.is_error:
                    answer.read()
                    raise _problem(answer)
                with part.open("wb") as file:
                    for piece in answer.iter_bytes():
                        file.write(piece)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)
        return to


def _problem(answer: httpx2.Response) -> ApiProblem:
    try:
        told = shapes.Problem.model_validate_json(answer.content)
    except ValueError:
        return ApiProblem(answer.status_code, f"The server answered {answer.status_code}.")
    return ApiProblem(told.status, told.detail, told.errors)
