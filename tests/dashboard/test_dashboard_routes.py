"""Files, photos and assets: what is served, and what is not."""

from io import BytesIO

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import routes as own_routes
from dashboard.data import services, thumbnails
from pipeline.store import Store
from scrapers.listing import Listing
from tests.dashboard.invented import StoreMaker, key_of


@pytest.fixture
def client(store: Store) -> TestClient:
    """A browser that talks to the dashboard's own routes."""
    return TestClient(Starlette(routes=own_routes.routes(lambda: store)))


@pytest.fixture
def listing(maker: StoreMaker) -> tuple[Listing, str]:
    """A stored listing and its key."""
    return maker.listing()


def test_a_mesh_is_served_for_ever_and_in_pieces(client: TestClient, maker: StoreMaker) -> None:
    key = maker.surface(maker.listing()[0])
    whole = client.get(f"/{services.file_url(key, 'mesh.glb')}")
    assert whole.status_code == 200
    assert whole.headers["content-type"] == "model/gltf-binary"
    assert "immutable" in whole.headers["cache-control"]
    assert whole.content[:4] == b"glTF"
    piece = client.get(f"/{services.file_url(key, 'mesh.glb')}", headers={"Range": "bytes=0-3"})
    assert (piece.status_code, piece.content) == (206, b"glTF")


def test_a_download_gets_a_safe_name(client: TestClient, maker: StoreMaker) -> None:
    key = maker.surface(maker.listing()[0])
    answer = client.get(f"/{services.file_url(key, 'mesh.ply', save_as='../a/flat.ply')}")
    assert answer.headers["content-disposition"] == 'attachment; filename="flat.ply"'


def test_cameras_and_the_decision_are_the_only_json(client: TestClient, maker: StoreMaker) -> None:
    listing, key = maker.listing()
    assert client.get(f"/files/{maker.surface(listing)}/cameras.json").status_code == 200
    assert client.get(f"/files/{maker.views(listing)}/views.json").status_code == 200
    assert client.get(f"/files/{key}/listing.json").status_code == 404


def test_a_plan_is_a_picture_that_can_run_nothing(client: TestClient, maker: StoreMaker) -> None:
    key = maker.views(maker.listing()[0])
    answer = client.get(f"/{services.file_url(key, 'plan.svg')}")
    assert answer.headers["content-type"].partition(";")[0] == "image/svg+xml"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "script" not in policy
    assert client.get(f"/files/{key}/other.svg").status_code == 404


def test_pictures_of_a_new_view_come_small_and_whole(client: TestClient, maker: StoreMaker) -> None:
    key = maker.views(maker.listing()[0])
    small = client.get(f"/{services.result_photo_url(key, 'view_01_before.png', 640)}")
    assert small.headers["content-type"] == "image/jpeg"
    assert client.get(f"/{services.file_url(key, 'view_01_mask.png')}").headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "path",
    [
        "/files/nokey/mesh.glb",
        f"/files/{key_of('unknown')}/mesh.glb",
        "/files/{key}/other.glb",
        "/files/{key}/.complete",
        "/files/{key}/..%2f..%2f..%2fshowroom.sqlite",
        "/files/{key}/%2e%2e/%2e%2e/x.glb",
        "/files/{key}//etc/passwd.png",
        "/files/{upper}/mesh.glb",
        "/photos/{key}/640/listing.json",
        "/photos/{key}/641/photos/00.jpg",
        "/photos/{key}/640/..%2f..%2fx.jpg",
        "/photos/nokey/640/photos/00.jpg",
        "/assets/../server.py",
        "/assets/%2e%2e/%2e%2e/package.json",
        "/assets/nothing.js",
        "/assets/fonts/../index.js.map",
    ],
)
def test_everything_else_is_not_found(client: TestClient, listing: tuple[Listing, str], path: str) -> None:
    answer = client.get(path.replace("{key}", listing[1]).replace("{upper}", listing[1].upper()))
    assert answer.status_code == 404
    assert answer.headers.get("cache-control", "no-store") == "no-store"


def test_a_photo_comes_small_and_is_made_once(
    client: TestClient, store: Store, listing: tuple[Listing, str]
) -> None:
    found, key = listing
    answer = client.get(f"/{services.photo_url(key, found.photos[0], 320)}")
    with Image.open(BytesIO(answer.content)) as image:
        assert image.size == (320, 213)
    made = thumbnails.thumbnail(store, key, found.photos[0].file, 320)
    before = made.stat().st_mtime_ns
    assert thumbnails.thumbnail(store, key, found.photos[0].file, 320).stat().st_mtime_ns == before


def test_a_small_photo_is_not_blown_up(store: Store, listing: tuple[Listing, str]) -> None:
    with Image.open(thumbnails.thumbnail(store, listing[1], listing[0].photos[0].file, 1280)) as image:
        assert image.width == 960


def test_a_broken_photo_is_not_found_and_leaves_nothing(store: Store, maker: StoreMaker) -> None:
    folder = store.settings.work_folder / "broken"
    folder.mkdir(parents=True)
    (folder / "x.jpg").write_bytes(b"\xff\xd8\xff not a photo")
    key = maker.put("broken", folder, "collect")
    with pytest.raises(KeyError, match="cannot be read"):
        thumbnails.thumbnail(store, key, "x.jpg", 320)
    assert not list((thumbnails.folder(store) / key).iterdir())


@pytest.mark.parametrize("name", ["x" * 300 + ".glb", "a/" * 3000 + "x.png", "x%00.png"])
def test_a_name_that_no_file_can_have_is_not_found(
    client: TestClient, listing: tuple[Listing, str], name: str
) -> None:
    for address in (f"/files/{listing[1]}/{name}", f"/photos/{listing[1]}/640/{name}", f"/assets/{name}"):
        assert client.get(address).status_code == 404
