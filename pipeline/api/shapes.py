"""What the API says and takes: one set of models for the server, its document, the client and agents.

Times are UTC in ISO 8601, shares and scores lie between 0 and 1, lengths are metres. What is not known is null.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pipeline.api.show_json import ShownReviews
from pipeline.api.size_json import ShownSize
from pipeline.options import AnalysisOptions, InpainterName, LayoutName, ViewRule
from pipeline.report import RoomStatus
from pipeline.reviews.asking import LONGEST_QUESTION
from pipeline.reviews.report import Comparison
from pipeline.rooms import backends
from scrapers.listing import Rating

#: reviews that one submission may hold; the largest listings have two thousand
MOST_REVIEWS = 20_000
#: characters of a text: the longest real reviews have 9,000
LONGEST_TEXT = 20_000
#: listings that are compared at once
MOST_COMPARED = 10
#: a title fills two lines at most
LONGEST_TITLE = 300
USUAL_LIMIT, MOST_LISTED = 20, 100
USUAL_SENTENCES, MOST_SENTENCES = 5, 50
Limit = Annotated[int, Field(ge=1, le=MOST_LISTED)]
Sentences = Annotated[int, Field(ge=1, le=MOST_SENTENCES)]
Question = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_QUESTION)]
ListingId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=200)]
AnalysisId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=200)]
ToCompare = Annotated[list[ListingId], Field(min_length=2, max_length=MOST_COMPARED)]
Key = Annotated[str, StringConstraints(pattern=r"^[!-~]+$", max_length=200)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TITLE)]
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]


class Told(BaseModel):
    """What the API says; fields may be added."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Given(BaseModel):
    """What the API takes; a field that it does not know is refused, not ignored, and ``true`` is no number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Problem(Told):
    """Why a request was not answered (RFC 9457).

    Attributes:
        type: always ``about:blank``: ``status`` says what kind it is.
        title: of the status.
        detail: what is wrong with this request, and what to do.
        errors: field by field, where a body or a parameter does not fit.
    """

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[str] = Field(default_factory=list)


class Health(Told):
    """That the server answers."""

    status: Literal["ok"]


class Version(Told):
    """Which ShowRoom answers, and which forms it speaks; ``show_json`` is that of docs/show_json.md."""

    showroom: str
    api: Literal["v1"]
    show_json: int
    listing_zip: int


class Options(Given):
    """Choices of one analysis; what is left out stays at its default.

    Attributes:
        rooms: whether to rebuild rooms.
        reviews: whether to read reviews.
        new_views: most views to make of what no photo of a room shows.
        view_rule: what chooses them: the unseen area they show, or the first ShowRoom's rule for three photos.
        title: shown instead of the source's own.
    """

    rooms: bool = True
    reviews: bool = True
    backend: Literal["auto", "classical", "fast3r", "student"] | str = backends.AUTO
    new_views: int = Field(default=5, ge=0, le=24)
    view_rule: ViewRule = "gain"
    layout: LayoutName = "auto"
    inpainter: InpainterName = "auto"
    seed: int = Field(default=0, ge=0, lt=2**32)
    title: Name | None = None

    def chosen(self, **more: Any) -> AnalysisOptions:
        """As the recipe takes them.

        Raises:
            ValueError: there is no such backend.
        """
        return AnalysisOptions.model_validate({**self.model_dump(), **more})


class GivenReview(Given):
    """One review. There is no field for the reviewer's name: it is not kept."""

    text: Text
    id: Name | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    translation: Text | None = None
    date: dt.date | None = None
    rating: Rating | None = None
    response: Text | None = None


class GivenListing(Given):
    """A listing as another program knows it: its facts and its reviews; photos go by upload.

    Attributes:
        review_count: how many reviews there are, where ``reviews`` holds fewer.
    """

    title: Name
    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://")] | None = None
    description: Text | None = None
    neighbourhood: Name | None = None
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    property_type: Name | None = None
    room_type: Name | None = None
    person_capacity: int | None = Field(default=None, ge=0, le=1000)
    bedrooms: float | None = Field(default=None, ge=0, le=1000)
    beds: float | None = Field(default=None, ge=0, le=1000)
    bathrooms: float | None = Field(default=None, ge=0, le=1000)
    amenities: list[Name] | None = Field(default=None, max_length=1000)
    rating: Rating | None = None
    review_count: int | None = Field(default=None, ge=0, le=10_000_000)
    reviews: list[GivenReview] = Field(min_length=1, max_length=MOST_REVIEWS)


class SubmittedSource(Given):
    """An analysis of something that ShowRoom fetches or finds itself.

    Attributes:
        source: the address of an Airbnb listing (collected by the rules of docs/operations.md), ``demo``, or a
            path below one of the server's allowed roots.
    """

    source: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    options: Options = Options()


class SubmittedListing(Given):
    """An analysis of what the request itself holds."""

    listing: GivenListing
    options: Options = Options()


Submitted = SubmittedSource | SubmittedListing


class Stage(Told):
    """A step of an analysis; ``room`` is the one it works on, or empty."""

    name: str
    room: str
    state: str
    fraction: float
    message: str
    seconds: float


class Analysis(Told):
    """A requested analysis and how far it is.

    Attributes:
        source: what is analysed; of an upload, its name.
        state: ``queued -> running -> done``, ``failed`` or ``cancelled``.
        fraction: share of the whole that is done.
        waits_for_worker: it is queued, and nobody is there to take it.
        error, advice: why it failed, and what to do.
        listing: id of the listing, once it is known.
        report: path of the page that shows it, once there is something to see.
    """

    id: str
    source: str
    state: Literal["queued", "running", "done", "failed", "cancelled"]
    fraction: float
    stage: str
    message: str
    waits_for_worker: bool
    error: str | None
    advice: str | None
    listing: str | None
    report: str | None
    created: dt.datetime
    started: dt.datetime | None
    finished: dt.datetime | None
    stages: list[Stage]

    @property
    def ended(self) -> bool:
        """Whether nothing will happen any more."""
        return self.state in ("done", "failed", "cancelled")


class Analyses(Told):
    """The newest analyses first."""

    analyses: list[Analysis]


class ListingRow(Told):
    """One line of the list of listings."""

    id: str
    title: str
    source: str
    synthetic: bool
    photos: int
    reviews: int
    analysed: bool
    updated: dt.datetime


class Listings(Told):
    """The last updated first."""

    listings: list[ListingRow]


class Deleted(Told):
    """What was deleted with a listing."""

    results: int
    bytes: int


class RoomSize(Told):
    """How large a room is inside; null until it is known."""

    id: str
    name: str
    status: RoomStatus
    size: ShownSize | None


class Sizes(Told):
    """Sizes of the rooms of a listing."""

    listing: str
    rooms: list[RoomSize]


class Sentence(Told):
    """A guest's sentence that answers a question.

    Attributes:
        review: id of the review it stands in.
        feeling: what it says of what was asked.
        likely: probability that it speaks of it.
    """

    text: str
    translation: str | None
    language: str
    date: dt.date | None
    review: str
    feeling: Literal["praise", "blame", "both", "neither"]
    likely: float


class Answer(Told):
    """What guests say of a question: how many of how many speak of it, and in whose words.

    Attributes:
        in_words: the same in one sentence.
        speaking: reviews that speak of it, ``of`` how many.
    """

    listing: str
    question: str
    in_words: str
    speaking: int
    of: int
    praising: int
    blaming: int
    newest: dt.date | None
    sentences: list[Sentence]


class Compared(Told):
    """One listing of a comparison."""

    id: str
    title: str
    rating: float | None
    rooms: list[RoomSize]
    reviews: ShownReviews


class Comparing(Told):
    """Listings side by side.

    Attributes:
        guests: what the reviews of all say, where two of the listings or more were read; else null.
    """

    listings: list[Compared]
    guests: Comparison | None


class Artefact(Told):
    """A file that came out of an analysis.

    Attributes:
        name: of the file, to fetch it below ``/api/v1/listings/ID/artefacts/``.
        kind: mesh, points, cameras, layout, plan, view, decision or photo.
        completed: of a mesh or points: whether generated views are in it.
    """

    name: str
    room: str | None
    kind: Literal["mesh", "points", "cameras", "layout", "plan", "view", "decision", "photo"]
    completed: bool
    media_type: str
    bytes: int


class Artefacts(Told):
    """All files of a listing's newest report."""

    listing: str
    artefacts: list[Artefact]


class PairingAsked(Given):
    """A client that wants a token.

    Attributes:
        code: that the dashboard shows on its System page.
        name: how the client is called there.
    """

    code: Annotated[str, StringConstraints(min_length=4, max_length=40)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]


class Paired(Told):
    """The client's token; it is told once."""

    token: str
    name: str


class Pairing(Told):
    """Who the token belongs to."""

    name: str
    since: dt.datetime
