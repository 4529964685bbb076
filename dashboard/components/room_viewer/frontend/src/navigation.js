// Moving about: turn or walk, fly to the cameras of the photos, and what the pointer does.
import { Raycaster, Vector2, Vector3 } from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { Flight, homeView } from "./flight.js";
import { fittingFov } from "./frames.js";
import { turnedByKey } from "./turning.js";
import { WalkControls } from "./walk.js";
import { key, say } from "./words.js";

const EYE_M = 1.6;
const INSIDE_FOV = 62;
const CLICK_PX = 6;
const HINTS = {
  orbit: key("Drag or use arrow keys to turn; click, then scroll to zoom. A photo takes you to its place."),
  walk: key("W A S D or arrow keys to walk, drag to look around."),
};

export class Navigation {
  /** Steers `camera` by the elements of `ui`; `root` tells the page (data attributes) what goes on. */
  constructor({ root, ui, camera, frustums, invalidate }) {
    Object.assign(this, { root, ui, camera, frustums, invalidate });
    this.mode = "orbit";
    this.room = null;
    this.orbit = new OrbitControls(camera, ui.canvas);
    Object.assign(this.orbit, {
      enableDamping: true, dampingFactor: 0.09, rotateSpeed: 0.62, zoomSpeed: 0.8,
      maxPolarAngle: Math.PI * 0.92, minDistance: 0.15,
    });
    this.orbit.addEventListener("change", invalidate);
    this.orbit.addEventListener("start", () => this.touched());
    this.walk = new WalkControls(camera, ui.canvas, ui.stage, () => {
      this.touched();
      invalidate();
    });
    this.listen();
  }

  listen() {
    const { ui } = this;
    const on = (node, type, handler) => node.addEventListener(type, handler);
    on(ui.orbit, "click", () => this.setMode("orbit"));
    on(ui.walk, "click", () => this.setMode("walk"));
    on(ui.home, "click", () => this.flyHome());
    on(ui.blend, "input", () => (ui.blendImage.style.opacity = ui.blend.value / 100));
    on(ui.canvas, "pointermove", (event) => this.hover(event));
    on(ui.canvas, "pointerdown", (event) => (this.press = { x: event.clientX, y: event.clientY }));
    on(ui.canvas, "click", (event) => this.click(event));
    on(ui.stage, "keydown", (event) => this.key(event));
    for (const button of ui.pad.children) {
      on(button, "pointerdown", () => this.walk.hold(button.dataset.code, true));
      for (const type of ["pointerup", "pointerleave", "pointercancel"]) {
        on(button, type, () => this.walk.hold(button.dataset.code, false));
      }
    }
  }

  /**
   * Take a new room: its box, cameras, photos, surface, length unit, and whether it is metric.
   * `stay`: it is the same room in another version, so the camera keeps its place.
   */
  enterRoom(room, stay) {
    this.room = room;
    this.setWalkBounds();
    if (stay) {
      return;
    }
    this.hintFor(this.mode);
    this.jump(this.homeView());
  }

  setWalkBounds() {
    const size = this.room.box.getSize(new Vector3());
    const inset = size.clone().multiplyScalar(0.07).setY(0);
    const bounds = this.room.box.clone();
    bounds.min.add(inset);
    bounds.max.sub(inset);
    this.room.cameras.forEach((camera) => bounds.expandByPoint(camera.position));
    const heights = this.room.cameras.map((camera) => camera.position.y).sort((a, b) => a - b);
    const lowest = this.room.box.min.y;
    const floor = this.room.metric && Math.abs(lowest) < 0.5 ? 0 : lowest;
    const unscaled = heights.length ? heights[heights.length >> 1] : floor + 0.6 * size.y;
    this.walk.eye = this.room.metric ? floor + EYE_M : unscaled;
    this.walk.speed = this.room.metric ? 1.6 : 0.2 * Math.hypot(size.x, size.z);
    bounds.expandByPoint(bounds.getCenter(new Vector3()).setY(this.walk.eye));
    this.walk.bounds = bounds;
  }

  homeView() {
    return homeView(this.room, this.camera.aspect);
  }

  jump(view) {
    this.camera.position.copy(view.position);
    this.camera.quaternion.copy(view.quaternion);
    this.camera.fov = view.fov;
    this.camera.updateProjectionMatrix();
    this.orbit.target.copy(view.target);
    this.orbit.update();
  }

  /** `orbit` turns about a point, `walk` moves at eye height. */
  setMode(mode) {
    if (!this.room) {
      return;
    }
    this.mode = mode;
    const walking = mode === "walk";
    this.ui.orbit.ariaPressed = String(!walking);
    this.ui.walk.ariaPressed = String(walking);
    this.ui.stage.classList.toggle("walking", walking);
    this.root.dataset.mode = mode;
    this.hintFor(mode);
    this.leavePhoto();
    this.walk.leave();
    this.orbit.enabled = !walking;
    if (!walking) {
      this.aimOrbit();
      this.invalidate();
      return;
    }
    this.ui.stage.focus({ preventScroll: true });
    if (this.walk.bounds && !this.walk.bounds.containsPoint(this.camera.position)) {
      this.startFlight(this.insideView(), () => this.walk.enter());
    } else {
      this.walk.enter();
    }
    this.invalidate();
  }

  insideView() {
    const [first] = this.room.cameras;
    const fov = INSIDE_FOV;
    if (first) {
      return { ...first, fov, target: this.ahead(first, 1.5 * this.room.unit) };
    }
    const position = this.room.box.getCenter(new Vector3()).setY(this.walk.eye);
    return { position, quaternion: this.camera.quaternion.clone(), fov, target: position.clone() };
  }

  ahead({ position, quaternion }, distance) {
    return new Vector3(0, 0, -1).applyQuaternion(quaternion).multiplyScalar(distance).add(position);
  }

  /** Let the orbit turn about what stands in the middle of the picture. */
  aimOrbit() {
    const ray = new Raycaster();
    ray.setFromCamera(new Vector2(0, 0), this.camera);
    const hit = this.room ? ray.intersectObject(this.room.mesh, true)[0] : null;
    const distance = hit ? Math.max(0.85 * hit.distance, 0.3 * this.room.unit) : 1.5 * this.room.unit;
    this.orbit.target.copy(this.ahead(this.camera, distance));
    this.orbit.update();
  }

  /** Go to where a photo was taken. */
  fly(id) {
    const camera = this.room?.cameras.find((candidate) => candidate.id === id);
    if (!camera) {
      return;
    }
    this.walk.leave();
    this.leavePhoto();
    this.touched();
    const view = { ...camera, fov: fittingFov(camera, this.camera.aspect), target: this.ahead(camera, this.room.unit) };
    this.startFlight(view, () => this.arrive(camera));
  }

  arrive(camera) {
    this.atPhoto = camera;
    this.root.dataset.photo = camera.id;
    const photo = this.room.photos.get(camera.id);
    for (const button of this.ui.strip.children) {
      button.ariaCurrent = String(button.dataset.photo === camera.id);
    }
    this.ui.photoName.textContent = photo?.name ?? say("Photo");
    this.ui.photoCard.hidden = !photo?.full;
    this.ui.blend.value = "0";
    this.ui.blendImage.style.opacity = "0";
    if (photo?.full) {
      this.ui.blendImage.src = new URL(photo.full, document.baseURI).href;
      this.ui.blendImage.hidden = false;
    }
    if (this.mode === "walk") {
      this.walk.enter();
    } else {
      this.orbit.enabled = true;
      this.aimOrbit();
    }
  }

  /** The picture is no longer the photo's: take the photo away. */
  leavePhoto() {
    this.atPhoto = null;
    delete this.root.dataset.photo;
    this.ui.photoCard.hidden = true;
    this.ui.blendImage.hidden = true;
    this.invalidate();
    for (const button of this.ui.strip.children) {
      button.ariaCurrent = "false";
    }
  }

  flyHome() {
    if (!this.room) {
      return;
    }
    if (this.mode === "walk") {
      this.setMode("orbit");
    }
    this.leavePhoto();
    this.startFlight(this.homeView(), () => (this.orbit.enabled = true));
  }

  startFlight(view, arrived) {
    this.orbit.enabled = false;
    this.flight = new Flight(this.camera, view, () => {
      this.flight = null;
      this.orbit.target.copy(view.target);
      arrived();
    });
    this.invalidate();
  }

  touched() {
    this.ui.hint.classList.add("gone");
    if (!this.flight) {
      this.leavePhoto();
    }
  }

  pointer(event) {
    const box = this.ui.canvas.getBoundingClientRect();
    return new Vector2(
      ((event.clientX - box.left) / box.width) * 2 - 1,
      1 - ((event.clientY - box.top) / box.height) * 2,
    );
  }

  hover(event) {
    if (event.buttons || event.pointerType !== "mouse" || this.flight) {
      return;
    }
    const id = this.frustums.pick(this.pointer(event), this.camera);
    if (id !== this.hovered) {
      this.hovered = id;
      this.ui.canvas.classList.toggle("over", Boolean(id));
      this.frustums.highlight(id);
      this.invalidate();
    }
  }

  click(event) {
    const moved = Math.hypot(event.clientX - (this.press?.x ?? 0), event.clientY - (this.press?.y ?? 0));
    if (moved < 6 && !this.flight) {
      const id = this.frustums.pick(this.pointer(event), this.camera);
      if (id) {
        this.fly(id);
      }
    }
  }

  /** Keys of the room itself; those of its buttons and fields are theirs. */
  key(event) {
    if (event.target !== this.ui.stage || this.mode !== "orbit" || !this.orbit.enabled || event.ctrlKey || event.metaKey) {
      return;
    }
    if (event.key === "Home") {
      this.flyHome();
    } else if (turnedByKey(this.orbit, event.key)) {
      this.touched();
      this.invalidate();
    } else {
      return;
    }
    event.preventDefault();
  }

  hintFor(mode) {
    this.ui.hint.textContent = say(HINTS[mode]);
    this.ui.hint.classList.remove("gone");
  }

  /** The canvas changed its shape: the whole photo must still fit. */
  reshape(aspect) {
    this.camera.aspect = aspect;
    if (this.atPhoto) {
      this.camera.fov = fittingFov(this.atPhoto, aspect);
    }
    this.camera.updateProjectionMatrix();
  }

  /** Advance by `seconds`; asks for a new picture while something moves. */
  step(seconds) {
    if (this.flight) {
      this.flight.step(seconds);
      this.invalidate();
    } else if (this.mode === "orbit" && this.orbit.enabled) {
      this.orbit.update();
    } else if (this.walk.step(seconds)) {
      this.invalidate();
    }
  }

  dispose() {
    this.orbit.dispose();
    this.walk.dispose();
  }
}
