// Turning about the room by the keyboard: arrows turn, plus and minus go nearer and farther, Home shows it whole.
import { Spherical, Vector3 } from "three";

const STEP_RAD = 0.1;
const STEP_ZOOM = 1.12;
const TURNS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOMS = { "+": 1 / STEP_ZOOM, "=": 1 / STEP_ZOOM, "-": STEP_ZOOM, _: STEP_ZOOM };
const MARGIN_RAD = 0.05;

/** Turn `orbit` (OrbitControls) by a key; whether the key meant that. */
export function turnedByKey(orbit, key) {
  const turn = TURNS[key];
  const zoom = ZOOMS[key];
  if (!turn && !zoom) {
    return false;
  }
  const camera = orbit.object;
  const place = new Spherical().setFromVector3(camera.position.clone().sub(orbit.target));
  place.theta += STEP_RAD * (turn?.[0] ?? 0);
  place.phi = Math.min(Math.max(place.phi + STEP_RAD * (turn?.[1] ?? 0), MARGIN_RAD), orbit.maxPolarAngle);
  place.radius = Math.max(place.radius * (zoom ?? 1), orbit.minDistance);
  camera.position.copy(orbit.target).add(new Vector3().setFromSpherical(place));
  orbit.update();
  return true;
}
