"""An agent's tools, by the SDK's own client: typed schemas, answers with their sources, clear refusals."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import jsonschema
import pytest
from mcp import Client

from pipeline.api import agent_server, shapes, shown_listing, views
from pipeline.reviews.asking import Answer
from pipeline.store import Store
from tests.dashboard.invented import StoreMaker

TOOLS = {
    *("list_listings", "report", "ask_reviews", "sizes", "compare", "start_analysis", "follow_analysis"),
}


@pytest.fixture
def maker(store: Store) -> StoreMaker:
    """Fills the store."""
    return StoreMaker(store)


def _with_client(store: Store, work: Callable[[Client], Awaitable[None]]) -> None:
    async def run() -> None:
        async with Client(agent_server(store)) as client:
            await work(client)

    anyio.run(run)


async def _call(client: Client, name: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result.content
    found = result.structured_content
    assert isinstance(found, dict)
    return found


def test_every_tool_has_a_typed_schema_and_says_what_it_does(store: Store) -> None:
    async def work(client: Client) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == TOOLS
        for tool in tools.values():
            assert tool.description and tool.output_schema
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
            jsonschema.Draft202012Validator.check_schema(tool.output_schema)
        assert tools["start_analysis"].annotations is None

    _with_client(store, work)


def test_what_an_agent_hears_is_what_show_prints_and_fits_its_schema(maker: StoreMaker) -> None:
    for listing_id in ("river-flat", "old-town"):
        listing, key = maker.listing(listing_id, listing_id, reviews=24)
        maker.report(listing, key, maker.reviews(listing))

    async def work(client: Client) -> None:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        heard = {
            "list_listings": await _call(client, "list_listings"),
            "report": await _call(client, "report", listing="river-flat"),
            "sizes": await _call(client, "sizes", listing="river-flat"),
            "compare": await _call(client, "compare", listings=["river-flat", "old-town"]),
        }
        assert heard["report"] == json.loads(shown_listing(maker.store, "river-flat").model_dump_json())
        assert {row["id"] for row in heard["list_listings"]["listings"]} == {"river-flat", "old-town"}
        assert heard["compare"]["guests"]["listings"] == ["river-flat", "old-town"]
        for name, answer in heard.items():
            jsonschema.validate(answer, schemas[name])

    _with_client(maker.store, work)


def test_answers_name_their_sources(maker: StoreMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    listing, _ = maker.listing(reviews=6)

    class Index:
        def ask(self, question: str, sentences: int) -> Answer:
            from pipeline.reviews.asking.ask import Said
            from pipeline.reviews.report import Quote

            review = listing.reviews[0]
            own = Quote(
                review_id=review.id,
                text=review.text,
                start=0,
                end=9,
                language="en",
                date=review.date,
                rating=None,
            )
            said = (Said(quote=own, likely=0.9, feeling="praise"),)
            return Answer(question=question, speaking=1, of=6, praising=1, blaming=0, said=said)

    monkeypatch.setattr(views, "_index", lambda *_: Index())

    async def work(client: Client) -> None:
        answer = await _call(client, "ask_reviews", listing=listing.id, question="clean?")
        first = answer["sentences"][0]
        assert first["review"] == listing.reviews[0].id and first["text"] == listing.reviews[0].text
        assert first["date"] == str(listing.reviews[0].date) and answer["of"] == 6

    _with_client(maker.store, work)


def test_an_analysis_is_started_once_and_followed(store: Store) -> None:
    async def work(client: Client) -> None:
        address = "https://www.airbnb.com/rooms/77"
        first = await _call(client, "start_analysis", source=address, options={"rooms": False})
        again = await _call(client, "start_analysis", source=address, options={"rooms": False})
        assert first["id"] == again["id"] and first["state"] == "queued"
        store.catalogue.cancel_job(first["id"])
        followed = await _call(client, "follow_analysis", analysis=first["id"], wait_s=5)
        assert shapes.Analysis.model_validate(followed).ended

    _with_client(store, work)


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("report", {"listing": "nobody"}, "no listing"),
        ("sizes", {"listing": "../x"}, "pattern"),
        ("compare", {"listings": ["a"]}, "at least 2"),
        ("start_analysis", {"source": "/etc/passwd"}, "cannot be analysed"),
        ("start_analysis", {"source": "http://169.254.169.254/"}, "listing"),
        ("follow_analysis", {"analysis": "0" * 32}, "no job"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    store: Store, tool: str, arguments: dict[str, Any], told: str
) -> None:
    async def work(client: Client) -> None:
        result = await client.call_tool(tool, arguments)
        assert result.is_error and told in str(result.content), result.content
        assert "Traceback" not in str(result.content)

    _with_client(store, work)
    assert store.catalogue.jobs() == []
