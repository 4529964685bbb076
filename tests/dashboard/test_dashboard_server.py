"""Starting the dashboard: what the command takes, and what the server answers."""

from pathlib import Path

import pytest
from starlette.routing import Route
from streamlit.testing.v1 import AppTest
from streamlit.web.server.app_discovery import discover_asgi_app

from dashboard import __main__ as command
from dashboard import app as entry
from dashboard.server import create_app
from pipeline.config import Settings
from tests.dashboard.pages import shown


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_must_be_one(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["--port", port])
    assert ended.value.code == 2
    assert "--port" in capsys.readouterr().err


def test_nothing_is_sent_to_anybody_and_no_browser_is_opened() -> None:
    assert command.QUIET["browser.gatherUsageStats"] is False
    assert command.QUIET["server.headless"] is True


def test_the_server_has_the_pages_and_the_routes(settings: Settings) -> None:
    app = create_app()
    assert app.script_path == Path(entry.__file__)
    paths = [route.path for route in app._user_routes if isinstance(route, Route)]
    assert paths == [
        "/files/{key}/{name:path}",
        "/photos/{key}/{width:int}/{name:path}",
        "/assets/{name:path}",
        "/embed/{listing}/{room}",
    ]
    assert settings.data.is_dir(), "the store is open before the first visitor comes"


def test_streamlit_run_finds_the_pages_with_their_photos_and_viewer() -> None:
    found = discover_asgi_app(Path(entry.__file__))
    assert (found.is_asgi_app, found.import_string) == (True, "app:app")


def test_a_page_says_what_is_out_of_reach_instead_of_a_trace() -> None:
    def script() -> None:
        from dashboard.app import tell
        from pipeline.errors import Unreachable

        assert tell(Unreachable("The catalogue at <b>there</b> cannot be reached.", "Start it."))
        assert not tell(ZeroDivisionError())

    body = shown(AppTest.from_function(script).run())
    assert "The catalogue at &lt;b&gt;there&lt;/b&gt; cannot be reached." in body and "Start it." in body
