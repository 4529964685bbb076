"""Pages opened without a browser."""

from typing import Final

from streamlit.testing.v1 import AppTest

from dashboard.panels import ui
from tests.places import ROOT

APP: Final = ROOT / "dashboard" / "app.py"


def open_page(page: str, **query: str) -> AppTest:
    """The page, run once over the current store."""
    app = AppTest.from_file(APP, default_timeout=30)
    if page != ui.START:
        app.run()
        app.switch_page(page)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def shown(app: AppTest) -> str:
    """All HTML and text of the page."""
    assert not app.exception, app.exception
    return "\n".join(
        [*(str(getattr(item, "body", "")) for item in app.get("html")), *(item.value for item in app.markdown)]
    )
