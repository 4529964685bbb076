// First-person walk: WASD or arrow keys to move, drag to look, eye height kept, never out of the room.
import { Euler, MathUtils, Vector3 } from "three";

const KEYS = {
  KeyW: [0, 1], ArrowUp: [0, 1], KeyS: [0, -1], ArrowDown: [0, -1],
  KeyA: [-1, 0], ArrowLeft: [-1, 0], KeyD: [1, 0], ArrowRight: [1, 0],
};
const TURN_RAD_PER_PX = 0.0042;
const MAX_PITCH_RAD = 1.35;
const SMOOTHING_PER_S = 9;

export class WalkControls {
  constructor(camera, element, keyTarget, onChange) {
    this.camera = camera;
    this.element = element;
    this.onChange = onChange;
    this.enabled = false;
    this.speed = 1.6;
    this.bounds = null;
    this.eye = 1.6;
    this.pressed = new Set();
    this.velocity = new Vector3();
    this.look = new Euler(0, 0, 0, "YXZ");
    this.goal = { yaw: 0, pitch: 0 };
    this.drag = null;
    const listen = (target, type, handler, options) => {
      target.addEventListener(type, handler, options);
      this.stops.push(() => target.removeEventListener(type, handler, options));
    };
    this.stops = [];
    listen(element, "pointerdown", (event) => this.grab(event));
    listen(element, "pointermove", (event) => this.turn(event));
    listen(element, "pointerup", () => (this.drag = null));
    listen(element, "pointercancel", () => (this.drag = null));
    listen(keyTarget, "keydown", (event) => this.press(event, true));
    listen(keyTarget, "keyup", (event) => this.press(event, false));
    listen(keyTarget, "blur", () => this.pressed.clear());
  }

  /** Start from where the camera is, at eye height. */
  enter() {
    this.look.setFromQuaternion(this.camera.quaternion, "YXZ");
    this.goal = { yaw: this.look.y, pitch: MathUtils.clamp(this.look.x, -0.5, 0.5) };
    this.velocity.set(0, 0, 0);
    this.enabled = true;
  }

  leave() {
    this.enabled = false;
    this.pressed.clear();
    this.drag = null;
  }

  grab(event) {
    if (this.enabled) {
      this.drag = { x: event.clientX, y: event.clientY };
      this.element.setPointerCapture(event.pointerId);
    }
  }

  turn(event) {
    if (!this.enabled || !this.drag) {
      return;
    }
    this.goal.yaw += (event.clientX - this.drag.x) * TURN_RAD_PER_PX;
    this.goal.pitch += (event.clientY - this.drag.y) * TURN_RAD_PER_PX;
    this.goal.pitch = MathUtils.clamp(this.goal.pitch, -MAX_PITCH_RAD, MAX_PITCH_RAD);
    this.drag = { x: event.clientX, y: event.clientY };
    this.onChange();
  }

  press(event, down) {
    if (!this.enabled || !(event.code in KEYS)) {
      return;
    }
    event.preventDefault();
    this.hold(event.code, down);
  }

  /** Press or release a direction; also used by the buttons for touch screens. */
  hold(code, down) {
    if (down) {
      this.pressed.add(code);
    } else {
      this.pressed.delete(code);
    }
    this.onChange();
  }

  /** Advance by `seconds`; returns whether the camera still moves. */
  step(seconds) {
    if (!this.enabled) {
      return false;
    }
    const blend = 1 - Math.exp(-SMOOTHING_PER_S * seconds);
    const wanted = new Vector3();
    for (const code of this.pressed) {
      wanted.x += KEYS[code][0];
      wanted.z -= KEYS[code][1];
    }
    wanted.normalize().multiplyScalar(this.speed);
    wanted.applyAxisAngle(new Vector3(0, 1, 0), this.goal.yaw);
    this.velocity.lerp(wanted, blend);
    this.camera.position.addScaledVector(this.velocity, seconds);
    const rise = this.eye - this.camera.position.y;
    this.camera.position.y += rise * blend;
    if (this.bounds) {
      this.camera.position.clamp(this.bounds.min, this.bounds.max);
    }
    const [yaw, pitch] = [this.goal.yaw - this.look.y, this.goal.pitch - this.look.x];
    this.look.set(this.look.x + pitch * blend * 1.6, this.look.y + yaw * blend * 1.6, 0);
    this.camera.quaternion.setFromEuler(this.look);
    const moving = this.velocity.length() > 0.004 || Math.abs(rise) > 0.002;
    return moving || Math.abs(yaw) + Math.abs(pitch) > 0.001 || this.pressed.size > 0;
  }

  dispose() {
    this.stops.forEach((stop) => stop());
  }
}
