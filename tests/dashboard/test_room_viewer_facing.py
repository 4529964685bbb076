"""A room is first seen from the side on which its furniture shows its front (run in Node, without a page)."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.places import ROOT

FRONTEND = ROOT / "dashboard/components/room_viewer/frontend"
NODE = shutil.which("node", path=f"{Path(sys.executable).parent}") or shutil.which("node")
pytestmark = pytest.mark.skipif(
    NODE is None or not (FRONTEND / "node_modules").is_dir(), reason="needs the viewer's set-up"
)
SCRIPT = """
import {{ BoxGeometry, Group, Mesh, PlaneGeometry, Quaternion, Vector3 }} from "three";
import {{ homeView }} from "./src/flight.js";
import {{ robustBox }} from "./src/extent.js";
const yaw = {yaw}, photos = {photos};
const room = new Group();
const walls = new BoxGeometry(5, 2.5, 4, 12, 12, 12);
room.add(new Mesh(walls.scale(-1, 1, 1)));
const sofa = new Mesh(new PlaneGeometry(1.6, 0.8).rotateY(yaw).translate(0, -0.3, 0));
room.add(sofa);
const cameras = photos.map((turn) => ({{
  position: new Vector3(),
  quaternion: new Quaternion().setFromAxisAngle(new Vector3(0, 1, 0), turn),
}}));
const {{ position, target }} = homeView({{ box: robustBox(room), cameras, mesh: room }}, 1.6);
const towards = position.sub(target).setY(0).normalize();
console.log(JSON.stringify([towards.x, towards.z]));
"""
ALL_AROUND = [0.0, 1.5708, 3.1416, 4.7124]


def _seen_from(yaw: float, photos: list[float]) -> tuple[float, float]:
    """Where one stands (x, z; unit length) before a sofa that faces z, turned by ``yaw`` (radians)."""
    assert NODE is not None
    script = SCRIPT.format(yaw=yaw, photos=json.dumps(photos))
    arguments = [NODE, "--input-type=module", "--eval", script]
    done = subprocess.run(arguments, cwd=FRONTEND, capture_output=True, text=True, timeout=60, check=True)
    x, z = json.loads(done.stdout)
    return x, z


@pytest.mark.parametrize(
    ("yaw", "front"),
    [(0.0, (0, 1)), (1.5708, (1, 0)), (3.1416, (0, -1)), (4.7124, (-1, 0))],
    ids=["z", "x", "-z", "-x"],
)
def test_furniture_is_seen_from_its_front(yaw: float, front: tuple[int, int]) -> None:
    x, z = _seen_from(yaw, ALL_AROUND)
    assert x * front[0] + z * front[1] > 0.85


def test_photos_that_look_one_way_are_followed_whatever_the_furniture_faces() -> None:
    x, z = _seen_from(3.1416, [0.0, 0.2, -0.2, 0.1])
    assert z > 0.85, "they look along -z"
    assert abs(x) < 0.5
