"""Everything that can go wrong while a listing is collected.

::

    CollectError                 what happened, and what to do about it
    |-- SourceNotFound           the path or address does not exist
    |-- UnsupportedSource        nothing here knows how to read it
    |-- EmptySource              it exists but holds neither a usable photo nor a review
    |-- BadReviewsFile           a reviews file that cannot be read (columns, encoding, syntax)
    |-- BadRoomsFile             a rooms.json or subsets.json that does not say what it should
    |-- ListingNotInFile         an Inside Airbnb file without the listing that was asked for
    |-- NotAListing              an address or a page that shows something else than a place to stay
    |   `-- SearchPage           a page of results: it names the listings on it
    |-- Unavailable              the listing was removed or is hidden
    |-- Blocked                  the site refuses or asks for a challenge: stop, and come back later
    |-- SchemaChanged            a page or an answer without the structure that the parsers know
    |   `-- StaleQuery           the site no longer knows the query that was sent
    |-- Partial                  less came than the source says there is; what came is kept
    |-- NetworkFailed            no connection, or an answer that is no answer
    |   `-- TimedOut             no answer in time
    `-- BrowserFailed            no browser to drive, or it ended in the middle
"""

from dataclasses import dataclass
from pathlib import Path

_MOST_NAMED = 10
#: how long to stay away after a refusal that does not say
BLOCKED_FOR_S = 15 * 60.0


class CollectError(Exception):
    """A listing could not be collected.

    Args:
        message: what happened, in one sentence.
        advice: what the user can do about it.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(f"{message} {advice}".strip())
        self.message = message
        self.advice = advice


class SourceNotFound(CollectError):
    """The path or address does not exist."""


class UnsupportedSource(CollectError):
    """No source knows how to read what was given."""


class EmptySource(CollectError):
    """The source exists but holds neither a usable photo nor a review."""


class BadReviewsFile(CollectError):
    """A reviews file that cannot be read: missing columns, unknown encoding or broken syntax."""


class BadRoomsFile(CollectError):
    """A rooms.json or subsets.json that does not say what it should."""


class ListingNotInFile(CollectError):
    """An Inside Airbnb file does not contain the listing that was asked for."""


class NotAListing(CollectError):
    """An address or a page that shows something else than a place to stay."""


@dataclass(frozen=True)
class FoundListing:
    """A listing that a page of results shows; ``title`` may be empty."""

    url: str
    title: str


class SearchPage(NotAListing):
    """A page of search results.

    Args:
        listings: those on it, to choose from.
    """

    def __init__(self, listings: tuple[FoundListing, ...] = ()) -> None:
        shown = "; ".join(f"{found.title} {found.url}".strip() for found in listings[:_MOST_NAMED])
        more = f"; and {len(listings) - _MOST_NAMED} more" if len(listings) > _MOST_NAMED else ""
        super().__init__(
            f"This is a page of search results with {len(listings)} listings on it, not one listing."
            if listings
            else "This is a page of search results, not one listing.",
            f"Choose one and give its address: {shown}{more}." if listings else "Open one and save its page.",
        )
        self.listings = listings


class Unavailable(CollectError):
    """The listing was removed, or is hidden from visitors."""

    def __init__(
        self,
        message: str = "Airbnb no longer shows this listing.",
        advice: str = "Look at the address in your own browser, or give a page of it that you saved.",
    ) -> None:
        super().__init__(message, advice)


class Blocked(CollectError):
    """The site refuses (HTTP 403 or 429) or asks for a challenge.

    Args:
        retry_after_s: how long to stay away, as the server said, else 15 minutes.
    """

    def __init__(
        self,
        message: str = "Airbnb refused to show the page.",
        advice: str = "Nothing was tried again. Wait, or save the page in your own browser and give that file.",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message, advice)
        self.retry_after_s = BLOCKED_FOR_S if retry_after_s is None else retry_after_s


class SchemaChanged(CollectError):
    """A page or an answer does not have the structure that the parsers know.

    Args:
        payload: file that keeps the structure of what came, without personal data; filled by the collector.
    """

    def __init__(
        self,
        message: str,
        advice: str = "The site has probably changed: please report it with the file that was kept.",
        payload: Path | None = None,
    ) -> None:
        super().__init__(message, advice)
        self.payload = payload


class StaleQuery(SchemaChanged):
    """The site no longer knows the query that was sent (its hash changes from time to time)."""


class Partial(CollectError):
    """Less came than the source says there is; what came is kept.

    Args:
        missing: how many are missing.
    """

    def __init__(
        self,
        missing: int,
        message: str = "",
        advice: str = "Run the same command again to continue where it stopped.",
    ) -> None:
        super().__init__(message or f"{missing} reviews are still missing.", advice)
        self.missing = missing


class NetworkFailed(CollectError):
    """No connection, or an answer that is no answer."""


class TimedOut(NetworkFailed):
    """No answer in time."""


class BrowserFailed(CollectError):
    """There is no browser to drive, or it ended in the middle."""
