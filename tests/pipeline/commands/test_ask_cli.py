"""``ask``: numbers, then guests' sentences; honest where nobody speaks of it."""

import pytest
from typer.testing import CliRunner

from pipeline.commands.cli import app
from pipeline.config import Settings
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker


@pytest.fixture
def settings(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SHOWROOM_DATA", f"{tmp_path}/data")
    return Settings()


def asked(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["ask", *words])
    return found.exit_code, found.output


def test_a_stored_listing_answers_in_the_guests_words(store: Store) -> None:
    listing, _ = StoreMaker(store).listing(reviews=12)
    code, told = asked(listing.id, "밤에 조용한가요?")
    assert code == 0
    assert "4 of 12 reviews speak of it" in told
    assert "“Loud bar downstairs, we hardly slept.”" in told
    code, told = asked(listing.id, "swimming pool")
    assert (code, "Nobody speaks of it in 12 reviews." in told) == (0, True)


@pytest.mark.parametrize(
    ("words", "says"), [(("nowhere", "wifi"), "nowhere"), (("river-flat", "?!"), "ask with words")]
)
def test_what_cannot_be_asked_says_why(store: Store, words: tuple[str, ...], says: str) -> None:
    StoreMaker(store).listing(reviews=2)
    code, told = asked(*words)
    assert code == 1
    assert says in told
