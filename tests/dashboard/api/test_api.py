"""A program gives a listing and follows it; what it is told is what the store holds."""

import json
import threading
import time

import jsonschema
import pytest
from starlette.testclient import TestClient

from dashboard.api import analyses
from dashboard.api.app import OPERATIONS
from dashboard.data import services
from pipeline.api import shapes, shown_listing, views
from pipeline.options import AnalysisOptions
from pipeline.recipe.sources import open_source
from pipeline.reviews.asking import Answer
from pipeline.store import JobState, Store
from scrapers.sources import resolve
from tests.dashboard.invented import SCRIPT_TITLE, StoreMaker
from tests.replica.site import jpeg
from tests.scrapers.liars import liars

API = "/api/v1"
REVIEW = {"text": "Quiet at night, and very clean.", "date": "2026-01-02", "rating": 5}


def _submit(client: TestClient, **body: object) -> shapes.Analysis:
    answer = client.post(f"{API}/analyses", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == f"{API}/analyses/{answer.json()['id']}"
    return shapes.Analysis.model_validate_json(answer.content)


def test_an_address_is_queued_once_and_can_be_looked_at_and_stopped(client: TestClient, store: Store) -> None:
    address = "https://www.airbnb.com/rooms/123"
    first = _submit(client, source=address, options={"rooms": False})
    assert (first.state, first.source, first.waits_for_worker) == ("queued", address, True)
    again = _submit(client, source=address, options={"rooms": False})
    assert again.id == first.id and len(store.catalogue.jobs()) == 1
    looked = client.get(f"{API}/analyses/{first.id}").json()
    assert looked["id"] == first.id and looked["report"] is None
    assert [one["id"] for one in client.get(f"{API}/analyses").json()["analyses"]] == [first.id]
    assert client.delete(f"{API}/analyses/{first.id}").json()["state"] == "cancelled"
    assert store.catalogue.job(first.id).options["rooms"] is False


@pytest.mark.parametrize(
    "source",
    [
        "http://169.254.169.254/latest/meta-data",
        "https://evil.example/rooms/1",
        "https://www.airbnb.com.evil.example/rooms/1",
        "file:///etc/passwd",
        "/etc",
        "../..",
        "ftp://www.airbnb.com/rooms/1",
        "http://localhost:8501/api/v1/listings",
        "",
    ],
)
def test_nothing_is_fetched_or_read_but_what_the_collector_would(
    client: TestClient, store: Store, source: str
) -> None:
    answer = client.post(f"{API}/analyses", json={"source": source})
    assert answer.status_code == 422 and store.catalogue.jobs() == []
    assert answer.headers["content-type"] == "application/problem+json"
    assert "root:" not in answer.text


def test_a_listing_as_json_becomes_one_with_its_reviews(client: TestClient, store: Store) -> None:
    given = {"title": SCRIPT_TITLE, "person_capacity": 3, "reviews": [REVIEW, {"text": "Loud bar."}]}
    analysis = _submit(client, listing=given)
    origin = store.catalogue.job(analysis.id).origin
    assert (
        origin.startswith(str(store.settings.uploads_folder))
        and str(store.settings.data) not in analysis.source
    )
    listing = resolve(origin).collect(store.settings.data / "collected")
    assert (listing.title, listing.person_capacity, len(listing.reviews)) == (SCRIPT_TITLE, 3, 2)
    assert listing.reviews[0].date is not None and listing.provenance["title"] == "request"


def test_a_reviewer_has_no_field(client: TestClient) -> None:
    body = {"listing": {"title": "Flat", "reviews": [REVIEW | {"reviewer": "Ottoline"}]}}
    answer = client.post(f"{API}/analyses", json=body)
    assert answer.status_code == 422
    assert any("reviewer" in line for line in answer.json()["errors"]) and "Ottoline" not in answer.text


def _files(*names: str) -> list[tuple[str, tuple[str, bytes]]]:
    return [("photos", (name, jpeg(name))) for name in names]


def test_photos_with_rooms_and_reviews_are_kept_under_names_of_ours(client: TestClient, store: Store) -> None:
    names = ("a.jpg", "../../b.jpg", "<script>alert(1)</script>.jpg")
    answer = client.post(
        f"{API}/analyses",
        data={"rooms": json.dumps({"Living <b>room</b>": list(names[:2])}), "options": '{"title": "Mine"}'},
        files=[*_files(*names), ("reviews", ("said.csv", b"text\nQuiet.\n"))],
    )
    assert answer.status_code == 202, answer.text
    job = store.catalogue.job(answer.json()["id"])
    source = open_source(job.origin, AnalysisOptions.model_validate(job.options), store.settings.data)
    listing = source.collect(store.settings.data / "collected")
    assert [(room.name, len(room.photo_ids)) for room in listing.rooms] == [
        ("Living <b>room</b>", 2),
        ("Other photos", 1),
    ]
    assert (listing.title, [review.text for review in listing.reviews]) == ("Mine", ["Quiet."])
    kept = [path.name for path in store.settings.uploads_folder.rglob("*.jpg")]
    assert len(kept) == 3 and not any(sign in name for name in kept for sign in "<>/")
    assert not list(store.settings.uploads_folder.glob(".incoming*"))


def test_a_listing_goes_out_as_a_zip_and_comes_in_again(client: TestClient, maker: StoreMaker) -> None:
    listing, _ = maker.listing(reviews=6)
    packed = client.get(f"{API}/listings/{listing.id}/archive")
    assert packed.headers["content-type"] == "application/zip"
    assert listing.id in packed.headers["content-disposition"]
    raw = client.post(f"{API}/analyses", content=packed.content, headers={"content-type": "application/zip"})
    form = client.post(f"{API}/analyses", files={"archive": ("x.zip", packed.content)})
    assert (raw.status_code, form.status_code) == (202, 202)
    assert raw.json()["id"] == form.json()["id"], "the same ZIP is the same analysis"
    assert not list(maker.store.settings.work_folder.glob("packed-*"))


def test_a_repeated_submission_starts_nothing_new(client: TestClient, store: Store) -> None:
    headers = {"Idempotency-Key": "one"}
    body = {"source": "demo"}
    first = client.post(f"{API}/analyses", json=body, headers=headers).json()["id"]
    store.catalogue.cancel_job(first)
    assert client.post(f"{API}/analyses", json=body, headers=headers).json()["id"] == first
    other = client.post(f"{API}/analyses", json=body | {"options": {"seed": 1}}, headers=headers)
    assert other.status_code == 422 and "another request" in other.json()["detail"]
    assert client.post(f"{API}/analyses", json=body).json()["id"] != first
    assert client.post(f"{API}/analyses", json=body, headers={"Idempotency-Key": ""}).status_code == 400


def test_fifty_at_once_none_lost_none_doubled_and_health_answers_meanwhile(
    client: TestClient, store: Store
) -> None:
    answers, slowest = [], 0.0

    def send(number: int) -> None:
        for _ in range(2):
            body = {"source": f"https://www.airbnb.com/rooms/{1000 + number}"}
            answers.append(client.post(f"{API}/analyses", json=body, headers={"Idempotency-Key": f"k{number}"}))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        began = time.perf_counter()
        assert client.get(f"{API}/health").json() == {"status": "ok"}
        slowest = max(slowest, time.perf_counter() - began)
    assert {answer.status_code for answer in answers} == {202}
    assert len(store.catalogue.jobs()) == 50 == len({answer.json()["id"] for answer in answers})
    assert slowest < 5, "not stuck behind the submissions; the benchmark measures it on an idle machine"


def test_progress_arrives_as_it_happens_and_ends(client: TestClient, maker: StoreMaker) -> None:
    job_id = maker.running_job("running")
    finish = threading.Timer(0.8, maker.store.catalogue.finish_job, (job_id, "w", JobState.FAILED))
    finish.start()
    with client.stream("GET", f"{API}/analyses/{job_id}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = list(answer.iter_lines())
    events = [line.removeprefix("event: ") for line in lines if line.startswith("event")]
    assert (events[0], events[-1]) == ("progress", "end")
    last = json.loads([line for line in lines if line.startswith("data")][-1].removeprefix("data: "))
    assert last["state"] == "failed" and last["stages"][1]["room"] == "Living room"


def test_what_is_told_of_a_listing_is_what_show_prints(client: TestClient, full: StoreMaker) -> None:
    rows = client.get(f"{API}/listings").json()["listings"]
    assert {(row["id"], row["analysed"]) for row in rows} == {("river-flat", True), ("old-town", True)}
    told = client.get(f"{API}/listings/river-flat").json()
    assert told == json.loads(shown_listing(full.store, "river-flat").model_dump_json())
    sizes = client.get(f"{API}/listings/river-flat/sizes").json()["rooms"]
    assert [(room["id"], room["size"]) for room in sizes] == [
        (room["id"], room["size"]) for room in told["rooms"]
    ]
    both = client.get(f"{API}/compare?listing=river-flat&listing=old-town").json()
    assert [one["id"] for one in both["listings"]] == ["river-flat", "old-town"]
    assert both["listings"][1]["title"] == SCRIPT_TITLE


def test_files_are_listed_and_served_and_nothing_else(client: TestClient, full: StoreMaker) -> None:
    told = client.get(f"{API}/listings/river-flat/artefacts").json()["artefacts"]
    names = {one["name"]: one for one in told}
    assert {"living-room.mesh.glb", "living-room.cameras.json"} <= set(names)
    mesh = client.get(f"{API}/listings/river-flat/artefacts/living-room.mesh.glb")
    assert mesh.content[:4] == b"glTF" and len(mesh.content) == names["living-room.mesh.glb"]["bytes"]
    photo = next(one for one in told if one["kind"] == "photo")
    assert client.get(f"{API}/listings/river-flat/artefacts/{photo['name']}").content[:2] == b"\xff\xd8"
    for name in ("listing.json", ".complete", "..%2f..%2fshowroom.sqlite", "x"):
        assert client.get(f"{API}/listings/river-flat/artefacts/{name}").status_code in (400, 404)


def test_a_listing_is_deleted_but_not_while_it_is_analysed(client: TestClient, full: StoreMaker) -> None:
    entry = full.store.catalogue.listing("old-town")
    job_id = full.running_job(entry.origin, "old-town")
    refused = client.delete(f"{API}/listings/old-town")
    assert refused.status_code == 409 and "being analysed" in refused.json()["detail"]
    full.store.catalogue.finish_job(job_id, "w", JobState.FAILED)
    assert client.delete(f"{API}/listings/old-town").json()["results"] > 0
    assert client.get(f"{API}/listings/old-town").status_code == 404
    assert client.get(f"/{services.file_url(entry.key, 'photos/00.jpg')}").status_code == 404


class _Index:
    """Stands for the reviews of a listing; that they are read well is tried elsewhere."""

    def ask(self, question: str, sentences: int) -> Answer:
        if not question.strip():
            raise ValueError("ask something")
        return Answer(question=question, speaking=2, of=6, praising=1, blaming=sentences)


def test_the_reviews_are_asked(client: TestClient, maker: StoreMaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_index", lambda *_: _Index())
    listing, _ = maker.listing(reviews=6)
    place = f"{API}/listings/{listing.id}/answers"
    answer = client.get(place, params={"question": "how is the host?", "sentences": 7}).json()
    assert (answer["of"], answer["speaking"], answer["blaming"]) == (6, 2, 7)
    assert answer["in_words"] == "2 of 6 reviews speak of it: 1 with praise, 7 with criticism."
    assert client.get(place, params={"question": " "}).status_code == 422
    for query in (
        "",
        "?question=",
        f"?question={'x' * 400}",
        "?question=a&sentences=0",
        "?question=a&sentences=x",
    ):
        assert client.get(f"{API}/listings/{listing.id}/answers{query}").status_code == 422, query


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/listings/nobody", 404),
        ("GET", "/listings/NOBODY", 404),
        ("DELETE", "/listings/nobody", 404),
        ("GET", "/analyses/0", 404),
        ("GET", "/analyses/0/events", 404),
        ("GET", "/nothing", 404),
        ("PUT", "/listings/nobody", 405),
        ("GET", "/compare?listing=a", 422),
        ("GET", "/compare?listing=a&listing=b", 404),
        ("GET", "/analyses?limit=1000", 422),
        ("GET", "/analyses?limit=%00", 422),
    ],
)
def test_a_refusal_is_a_problem_that_says_why(client: TestClient, method: str, path: str, status: int) -> None:
    answer = client.request(method, f"{API}{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = shapes.Problem.model_validate_json(answer.content)
    assert told.status == status and told.detail


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "application/json", 422),
        (b'{"source": "demo", "listing": {}}', "application/json", 422),
        (b'{"source": "demo", "options": {"backend": "nothing"}}', "application/json", 422),
        (b"<a/>", "text/xml", 415),
        (b"PK\x03\x04 nothing", "application/zip", 422),
        (b"", "application/zip", 422),
        (b"--x\r\n\r\n", "multipart/form-data", 400),
        (b"nothing", "multipart/form-data; boundary=x", 400),
        (b"--x\r\n\r\nno name\r\n--x--\r\n", "multipart/form-data; boundary=x", 400),
        (b"--x--\r\n", "multipart/form-data; boundary=x", 422),
    ],
)
def test_a_body_that_is_none_is_refused(
    client: TestClient, store: Store, body: bytes, kind: str, status: int
) -> None:
    answer = client.post(f"{API}/analyses", content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert not list(store.settings.uploads_folder.glob("**/*")) and store.catalogue.jobs() == []


@pytest.mark.parametrize("kind", ["application/json", "application/zip", "multipart/form-data; boundary=x"])
def test_a_body_that_says_that_it_is_too_long_is_not_read(client: TestClient, kind: str) -> None:
    headers = {"content-type": kind, "content-length": "9999999999"}
    answer = client.post(f"{API}/analyses", content=b"x", headers=headers)
    assert answer.status_code == 413
    for length in ("-1", "many", "²"):
        told = client.post(
            f"{API}/analyses",
            headers={b"content-type": kind.encode(), b"content-length": length.encode("latin-1")},
        )
        assert told.status_code == 400


def test_a_stream_that_never_ends_is_cut_and_leaves_nothing(
    client: TestClient, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyses, "MAX_TOTAL_BYTES", 100_000)
    sent = (b"x" * 10_000 for _ in range(100))
    answer = client.post(f"{API}/analyses", content=sent, headers={"content-type": "application/zip"})
    assert answer.status_code == 413
    assert not list(store.settings.uploads_folder.glob("*"))


@pytest.mark.parametrize(
    ("name", "content", "status", "told"),
    [
        ("a.exe", b"MZ", 415, "is not one of"),
        ("a.jpg", b"", 422, "empty"),
        ("a.jpg", b"<script>alert(1)</script>", 422, "is not a picture"),
        ("a.svg", b"<svg onload='alert(1)'/>", 415, "is not one of"),
        ("small.jpg", jpeg("s", 50, 50), 422, "too small"),
    ],
)
def test_what_is_no_photo_is_refused_by_what_it_holds(
    client: TestClient, store: Store, name: str, content: bytes, status: int, told: str
) -> None:
    answer = client.post(f"{API}/analyses", files=[*_files("good.jpg"), ("photos", (name, content))])
    assert answer.status_code == status and told in answer.json()["detail"]
    assert not list(store.settings.uploads_folder.glob("*"))


@pytest.mark.parametrize("name", ["sixty_thousand.png", "sixty_thousand.jpg", "canvas.webp"])
def test_a_picture_that_claims_billions_of_pixels_is_not_decoded(client: TestClient, name: str) -> None:
    answer = client.post(f"{API}/analyses", files=[("photos", (name, liars()[name]))])
    assert answer.status_code == 422 and "pixels" in answer.json()["detail"]


def test_the_document_is_openapi_3_1_and_knows_every_route(client: TestClient) -> None:
    told = client.get(f"{API}/openapi.json").json()
    assert told["openapi"].startswith("3.1")
    named = {(method.upper(), path) for path, of in told["paths"].items() for method in of}
    assert named == {(operation.method, f"{API}{operation.path}") for operation in OPERATIONS}
    for name, schema in told["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert json.dumps(schema).count("#/$defs/") == 0, f"{name} refers to what is not there"
    references = set(_references(told))
    assert references <= {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}


def _references(node: object) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [one for value in node.values() for one in _references(value)]
    return [one for value in node for one in _references(value)] if isinstance(node, list) else []
