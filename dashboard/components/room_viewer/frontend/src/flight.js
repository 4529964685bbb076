// Moving the camera smoothly, and the view from which the whole room is seen.
import { Matrix4, MathUtils, Quaternion, Vector3 } from "three";
import { bestSide, innerAreas } from "./facing.js";

const FLIGHT_S = 1.1;
const HOME_FOV = 38;
const LOOKS_ONE_WAY = 0.25;
const WHOLE_FROM_PHOTOS = 4;
const HOME_PITCH_RAD = MathUtils.degToRad(36);
const HOME_TURN_RAD = MathUtils.degToRad(24);

const UP = new Vector3(0, 1, 0);

const ease = (t) => (t < 0.5 ? 4 * t ** 3 : 1 - (-2 * t + 2) ** 3 / 2);

export class Flight {
  constructor(camera, view, arrived) {
    this.camera = camera;
    this.view = view;
    this.arrived = arrived;
    this.from = { position: camera.position.clone(), quaternion: camera.quaternion.clone(), fov: camera.fov };
    this.time = matchMedia("(prefers-reduced-motion: reduce)").matches ? FLIGHT_S : 0;
  }

  step(seconds) {
    this.time = Math.min(this.time + seconds, FLIGHT_S);
    const t = ease(this.time / FLIGHT_S);
    this.camera.position.lerpVectors(this.from.position, this.view.position, t);
    this.camera.quaternion.slerpQuaternions(this.from.quaternion, this.view.quaternion, t);
    this.camera.fov = MathUtils.lerp(this.from.fov, this.view.fov, t);
    this.camera.updateProjectionMatrix();
    if (this.time >= FLIGHT_S) {
      this.arrived();
    }
  }
}

/** Horizontal direction in which the photos look on average; null if they look all around. */
function meanDirection(cameras) {
  const sum = new Vector3();
  for (const camera of cameras) {
    sum.add(new Vector3(0, 0, -1).applyQuaternion(camera.quaternion).setY(0));
  }
  return cameras.length && sum.length() / cameras.length > LOOKS_ONE_WAY ? sum.normalize() : null;
}

/** With few photos there is only a part of a room: seen best from behind the photo that looks at most of it. */
function behindPhoto(box, cameras) {
  const mean = meanDirection(cameras) ?? new Vector3(0, 0, -1);
  const facing = (camera) => new Vector3(0, 0, -1).applyQuaternion(camera.quaternion);
  const lead = cameras.reduce((best, camera) => (facing(camera).dot(mean) > facing(best).dot(mean) ? camera : best));
  const reach = box.getSize(new Vector3()).length();
  const forward = facing(lead).setY(0).normalize();
  const position = lead.position.clone().addScaledVector(forward, -0.42 * reach);
  position.y += 0.14 * reach;
  const target = lead.position.clone().addScaledVector(forward, 0.3 * reach);
  const look = new Matrix4().lookAt(position, target, UP);
  return { position, quaternion: new Quaternion().setFromRotationMatrix(look), fov: HOME_FOV + 6, target };
}

/** The view to start with: the whole room, or what a few photos show of it. */
export function homeView({ box, cameras, mesh }, aspect) {
  return cameras.length > 0 && cameras.length < WHOLE_FROM_PHOTOS
    ? behindPhoto(box, cameras)
    : wholeRoom(box, cameras, mesh, aspect);
}

/** From above at an angle to the walls, towards where the camera shall be. */
function fromAbove(forward, turn) {
  const direction = forward.clone().applyAxisAngle(UP, turn).multiplyScalar(-Math.cos(HOME_PITCH_RAD));
  return direction.setY(Math.sin(HOME_PITCH_RAD));
}

/** Where to see the whole room from: as the photos look, or from where most furniture shows its front. */
function wholeDirection(box, cameras, mesh) {
  const mean = meanDirection(cameras);
  if (mean) {
    return fromAbove(mean, HOME_TURN_RAD);
  }
  const around = [0, 1, 2, 3].flatMap((quarter) =>
    [HOME_TURN_RAD, -HOME_TURN_RAD].map((turn) => fromAbove(new Vector3(0, 0, -1), (quarter * Math.PI) / 2 + turn)),
  );
  return bestSide(innerAreas(mesh, box), around);
}

/** The doll's-house view: from above, into the room, the near walls left out by back-face culling. */
function wholeRoom(box, cameras, mesh, aspect) {
  const direction = wholeDirection(box, cameras, mesh);
  const size = box.getSize(new Vector3());
  // The tools lie over the lower edge of the picture, so the room sits a little higher.
  const target = box.getCenter(new Vector3());
  target.y -= 0.13 * size.y;
  const half = MathUtils.degToRad(HOME_FOV / 2);
  const across = Math.hypot(size.x, size.z) / 2;
  const up = (across * Math.sin(HOME_PITCH_RAD) + (size.y / 2) * Math.cos(HOME_PITCH_RAD)) * 0.92;
  const distance = Math.max(up / Math.tan(half), across / (Math.tan(half) * aspect)) + across * 0.85;
  const position = target.clone().addScaledVector(direction, distance);
  const look = new Matrix4().lookAt(position, target, UP);
  return { position, quaternion: new Quaternion().setFromRotationMatrix(look), fov: HOME_FOV, target };
}
