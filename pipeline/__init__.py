"""From a listing to a report: stages, the recipe, jobs, store and command line."""

import os
import tempfile
from pathlib import Path


def _keep_kernels() -> None:
    """Let numba keep compiled kernels where this user may write, before anything loads it.

    It keeps them beside the code, else in the home folder. Where the code is read-only and there is no home (a
    container, another user), importing a kernel would end in an error. The place must be this user's own: what
    is kept there is run.
    """
    if os.environ.get("NUMBA_CACHE_DIR") or os.access(Path(__file__).parent, os.W_OK):
        return
    data = os.environ.get("SHOWROOM_DATA")
    if data and os.access(data, os.W_OK):
        os.environ["NUMBA_CACHE_DIR"] = str(Path(data) / "numba")
        return
    place = Path(tempfile.gettempdir()) / f"showroom-kernels-{os.getuid() if hasattr(os, 'getuid') else 'own'}"
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        is_own = not hasattr(os, "getuid") or (place.lstat().st_uid == os.getuid() and not place.is_symlink())
    except OSError:
        is_own = False
    os.environ["NUMBA_CACHE_DIR"] = str(place) if is_own else tempfile.mkdtemp(prefix="showroom-kernels-")


_keep_kernels()
