// The measuring tape: two places on the surface and the distance between them with its band. By mouse and touch a
// place is where one clicks, by keyboard (Enter) what the middle of the picture shows.
import {
  BufferGeometry, Group, Line, LineBasicMaterial, Mesh, MeshBasicMaterial, Raycaster, SphereGeometry, Vector2,
} from "three";
import { say } from "./words.js";

const DRAG_PX = 6;
/** Ends of a band that holds eight times of ten, standard deviations; error of two places beside that of the scale. */
const BAND_Z = 1.2816;
const PLACES_SIGMA = 0.04;
const MIDDLE = new Vector2(0, 0);

/** Length with its band, in metres: `units` of the mesh by a scale with a band of its own. */
export function measured(units, scale) {
  const own = Math.log(scale.high / scale.low) / (2 * BAND_Z);
  const reach = Math.exp(BAND_Z * Math.hypot(own, PLACES_SIGMA));
  const metres = units * scale.value;
  return { metres, low: metres / reach, high: metres * reach };
}

export class Tape {
  /** `surface` gives what is measured on; `typed` hears the units between two places and their true length. */
  constructor({ root, ui, camera, scene, invalidate, surface, typed }) {
    Object.assign(this, { root, ui, camera, scene, invalidate, surface, typed });
    this.places = [];
    this.group = new Group();
    this.group.renderOrder = 10;
    scene.add(this.group);
    this.caster = new Raycaster();
    ui.tape.addEventListener("click", () => this.open(ui.tape.ariaPressed !== "true"));
    ui.canvas.addEventListener("pointerdown", (event) => (this.press = { x: event.clientX, y: event.clientY }));
    ui.stage.addEventListener("click", (event) => this.click(event), { capture: true });
    ui.stage.addEventListener("keydown", (event) => this.key(event));
    ui.tapeForm.addEventListener("submit", (event) => this.submit(event));
    ui.tapeForm.addEventListener("keydown", (event) => event.stopPropagation());
  }

  enterRoom({ scale, unit, colour }) {
    Object.assign(this, { scale, unit, colour });
    this.ui.tape.disabled = !scale;
    this.clear();
  }

  get active() {
    return this.ui.tape.ariaPressed === "true";
  }

  open(wanted) {
    this.ui.tape.ariaPressed = String(wanted);
    this.ui.tapeCard.hidden = !wanted;
    this.ui.tapeCross.hidden = !wanted;
    this.clear();
  }

  clear() {
    this.places = [];
    this.draw();
  }

  key(event) {
    if (this.active && event.target === this.ui.stage && event.key === "Enter") {
      this.pick(MIDDLE);
      event.preventDefault();
    } else if (this.active && event.key === "Escape") {
      this.open(false);
    }
  }

  click(event) {
    if (!this.active || event.target !== this.ui.canvas) {
      return;
    }
    event.stopPropagation();
    const dragged = this.press && Math.hypot(event.clientX - this.press.x, event.clientY - this.press.y) > DRAG_PX;
    if (!dragged) {
      const frame = this.ui.canvas.getBoundingClientRect();
      const x = ((event.clientX - frame.left) / frame.width) * 2 - 1;
      const y = 1 - ((event.clientY - frame.top) / frame.height) * 2;
      this.pick(new Vector2(x, y));
    }
  }

  /** Put the next end where the surface is seen; a third place begins anew. */
  pick(pointer) {
    const surface = this.surface();
    if (!surface) {
      return;
    }
    this.caster.setFromCamera(pointer, this.camera);
    const hit = this.caster.intersectObject(surface, true).find(({ point, object }) => {
      const planes = [object.material].flat()[0]?.clippingPlanes ?? [];
      return object.isMesh && planes.every((plane) => plane.distanceToPoint(point) >= 0);
    });
    if (!hit) {
      return;
    }
    this.places = this.places.length === 2 ? [hit.point.clone()] : [...this.places, hit.point.clone()];
    this.draw();
  }

  draw() {
    for (const node of [...this.group.children]) {
      node.geometry.dispose();
      node.material.dispose();
      this.group.remove(node);
    }
    const look = { color: this.colour ?? 0x0f6b63, depthTest: false, transparent: true };
    for (const place of this.places) {
      const ball = new Mesh(new SphereGeometry(0.025 * this.unit, 16, 12), new MeshBasicMaterial(look));
      ball.position.copy(place);
      this.group.add(ball);
    }
    if (this.places.length === 2) {
      this.group.add(new Line(new BufferGeometry().setFromPoints(this.places), new LineBasicMaterial(look)));
    }
    this.tell();
    this.invalidate();
  }

  tell() {
    const { ui, places } = this;
    ui.tapeForm.hidden = places.length < 2;
    if (places.length < 2) {
      delete this.root.dataset.tape;
      const next = places.length ? say("Now the other end.") : say("Click where the tape begins, or press Enter for the middle.");
      ui.tapeText.textContent = next;
      return;
    }
    this.units = places[0].distanceTo(places[1]);
    const { metres, low, high } = measured(this.units, this.scale);
    this.root.dataset.tape = metres.toFixed(3);
    ui.tapeText.textContent = say("{metres} m ({low} to {high})", {
      metres: metres.toFixed(2), low: low.toFixed(2), high: high.toFixed(2),
    });
  }

  submit(event) {
    event.preventDefault();
    const metres = Number(this.ui.tapeTrue.value.replace(",", "."));
    if (this.places.length === 2 && metres > 0) {
      this.typed({ units: this.units, metres });
    }
  }
}
