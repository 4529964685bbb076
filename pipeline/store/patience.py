"""Outages of servers and locked files are waited out: the same touch again, with longer and longer pauses.

tenacity does the repeating. What is repeated must come to the same whether it is done once or twice: a lost
connection does not tell whether the last touch arrived.
"""

from __future__ import annotations

import errno
import functools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from pipeline.errors import Unreachable

logger = logging.getLogger(__name__)

#: a page or a command tells its user after so many seconds; a restart of PostgreSQL or Redis takes about two
SHORT_S = 6.0
#: a worker waits an hour before it gives a job back; every longer outage needs a person anyway
LONG_S = 3600.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
#: an outage is told in the log when it begins to matter
TELL_AFTER = 3
#: faults of a file system on the network that pass
_PASSING = frozenset(
    {errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN}
)
#: what servers say when no waiting helps
_NOT_PASSING = ("authentication failed", "does not exist", "no password supplied", "no pg_hba.conf entry")


@dataclass(frozen=True)
class Patience:
    """How long an outage is waited out.

    Attributes:
        limit_s: seconds after which it is told as an error.
        stopping: set when there is no time left to wait.
    """

    limit_s: float = SHORT_S
    stopping: threading.Event = field(default_factory=threading.Event)


F = TypeVar("F", bound=Callable[..., Any])
R = TypeVar("R")


def patiently(method: F) -> F:
    """Make a method wait out outages; its object has a ``place`` and a ``patience``.

    Raises:
        Unreachable: the outage lasted longer than the object's patience.
    """

    @functools.wraps(method)
    def waiting(self: Any, *arguments: Any, **named: Any) -> Any:
        return waited_out(lambda: method(self, *arguments, **named), self.place, self.patience)

    return cast(F, waiting)


def waited_out(work: Callable[[], R], place: str, patience: Patience) -> R:
    """The result of ``work``, done again while ``place`` is out of reach."""
    from tenacity import (
        RetryError,
        Retrying,
        retry_if_exception,
        sleep_using_event,
        stop_after_delay,
        stop_when_event_set,
        wait_exponential_jitter,
    )

    try:
        return work()
    except Exception as error:
        if not is_outage(error):
            raise
    again = Retrying(
        retry=retry_if_exception(is_outage),
        wait=wait_exponential_jitter(FIRST_PAUSE_S, LONGEST_PAUSE_S, jitter=FIRST_PAUSE_S),
        stop=stop_after_delay(patience.limit_s) | stop_when_event_set(patience.stopping),
        sleep=sleep_using_event(patience.stopping),
        before_sleep=functools.partial(_tell, place, patience.limit_s),
    )
    try:
        return again(work)
    except RetryError as ended:
        raise unreachable(place, ended.last_attempt.exception()) from ended


def unreachable(place: str, error: BaseException | None) -> Unreachable:
    """The sentence about an outage."""
    why = f" ({first_line(error)})" if error is not None else ""
    return Unreachable(
        f"{place[:1].upper()}{place[1:]} cannot be reached{why}.",
        "Start it, or check the address in the settings; nothing is lost, and waiting work goes on by itself.",
    )


def first_line(error: BaseException) -> str:
    """What an error says, without the SQL around it."""
    told = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    return told.splitlines()[0].strip().rstrip(".")[:200]


def _tell(place: str, limit_s: float, state: Any) -> None:
    if state.attempt_number == TELL_AFTER:
        logger.warning(
            "%s cannot be reached (%s): trying again for up to %.0f s",
            place,
            first_line(state.outcome.exception()),
            limit_s,
        )


def is_outage(error: BaseException) -> bool:
    """Whether an error passes by itself: a server that is away, a lock, a file system that does not answer."""
    kind = type(error).__module__.partition(".")[0]
    if kind == "sqlalchemy":
        return _is_outage_of_sql(error)
    if kind == "redis":
        return _is_outage_of_redis(error)
    if kind == "sqlite3":
        return _is_locked(error)
    if isinstance(error, OSError):
        return isinstance(error, ConnectionError | TimeoutError) or error.errno in _PASSING
    return kind in ("aiohttp", "botocore", "aiobotocore", "urllib3") and _is_of_network(error)


def _is_outage_of_sql(error: BaseException) -> bool:
    from sqlalchemy import exc

    if isinstance(error, exc.TimeoutError):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    if type(error.orig).__module__.partition(".")[0] == "sqlite3":
        return _is_locked(error.orig)
    told = str(error.orig)
    passing = isinstance(error, exc.OperationalError | exc.InterfaceError) or error.connection_invalidated
    return passing and not any(words in told for words in _NOT_PASSING)


def _is_locked(error: BaseException | None) -> bool:
    told = str(error)
    return "locked" in told or "busy" in told


def _is_outage_of_redis(error: BaseException) -> bool:
    from redis import exceptions

    if isinstance(error, exceptions.AuthenticationError | exceptions.AuthorizationError):
        return False
    passing = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ReadOnlyError)
    return isinstance(error, passing)


def _is_of_network(error: BaseException) -> bool:
    name = type(error).__name__
    return any(word in name for word in ("Connect", "Timeout", "Disconnected", "Endpoint", "HTTPClientError"))
