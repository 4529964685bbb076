"""BERTopic comes without what it can do without, and no other thread notices."""

import importlib
import subprocess
import sys
import threading

import pytest

from pipeline.reviews.topics.bertopic_model import _absent_here
from tests.places import ROOT

#: small packages of the standard library that nothing here has imported
ONE, OTHER = "antigravity", "this"


@pytest.fixture(autouse=True)
def _not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webbrowser.open", lambda *_: True)
    for name in (ONE, OTHER):
        sys.modules.pop(name, None)


def test_a_package_is_absent_to_one_thread_and_there_for_another() -> None:
    found: list[object] = []
    with _absent_here([ONE, OTHER]):
        with pytest.raises(ModuleNotFoundError, match=ONE):
            importlib.import_module(ONE)
        other = threading.Thread(target=lambda: found.append(importlib.import_module(OTHER)))
        other.start()
        other.join()
        assert found == [sys.modules[OTHER]]
        assert None not in sys.modules.values()
        assert importlib.import_module(OTHER), "what another thread has imported is there for all"
    assert importlib.import_module(ONE)


def test_transformers_can_be_imported_while_bertopic_is() -> None:
    code = (
        "import sys, threading\n"
        "from pipeline.reviews.topics.bertopic_model import _import_bertopic\n"
        "failures, began = [], threading.Event()\n"
        "def other():\n"
        "    began.wait()\n"
        "    try:\n"
        "        import transformers\n"
        "    except ImportError as error:\n"
        "        failures.append(error)\n"
        "class Watch:\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'bertopic': began.set(); import time; time.sleep(0.2)\n"
        "sys.meta_path.insert(0, Watch())\n"
        "thread = threading.Thread(target=other); thread.start()\n"
        "assert hasattr(_import_bertopic(), 'BERTopic')\n"
        "thread.join()\n"
        "sys.exit(str(failures) if failures else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
