// The soft shadow that a room stands on.
import { CanvasTexture, CircleGeometry, Mesh, MeshBasicMaterial, Vector3 } from "three";

function softShadow(radius) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 128, height: 128 });
  const context = canvas.getContext("2d");
  const gradient = context.createRadialGradient(64, 64, 4, 64, 64, 64);
  gradient.addColorStop(0, "rgba(0,0,0,.26)");
  gradient.addColorStop(1, "rgba(0,0,0,0)");
  context.fillStyle = gradient;
  context.fillRect(0, 0, 128, 128);
  const material = new MeshBasicMaterial({
    map: new CanvasTexture(canvas), transparent: true, depthWrite: false,
  });
  const disc = new Mesh(new CircleGeometry(radius, 48), material);
  disc.rotation.x = -Math.PI / 2;
  return disc;
}

/** The shadow of a room that fills `box`. */
export function shadowOf(box) {
  const size = box.getSize(new Vector3());
  const centre = box.getCenter(new Vector3());
  const shadow = softShadow(0.75 * Math.hypot(size.x, size.z));
  shadow.position.set(centre.x, box.min.y - 0.02 * size.y, centre.z);
  shadow.renderOrder = -1;
  return shadow;
}
