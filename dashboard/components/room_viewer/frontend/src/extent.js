// What a scene spans, without the stray points that every reconstruction has.
import { Box3, Vector3 } from "three";

const SAMPLES = 20000;
const TAIL = 0.01;

/** Box between the 1st and the 99th percentile of the vertices, per axis. */
export function robustBox(scene) {
  const axes = [[], [], []];
  const point = new Vector3();
  scene.updateMatrixWorld(true);
  scene.traverse((node) => {
    const positions = node.geometry?.attributes.position;
    if (!positions) {
      return;
    }
    const step = Math.max(1, Math.floor(positions.count / SAMPLES));
    for (let index = 0; index < positions.count; index += step) {
      point.fromBufferAttribute(positions, index).applyMatrix4(node.matrixWorld);
      axes[0].push(point.x);
      axes[1].push(point.y);
      axes[2].push(point.z);
    }
  });
  if (axes[0].length === 0) {
    return new Box3(new Vector3(-2, 0, -2), new Vector3(2, 2.5, 2));
  }
  const [low, high] = [new Vector3(), new Vector3()];
  axes.forEach((values, axis) => {
    values.sort((a, b) => a - b);
    low.setComponent(axis, values[Math.floor(TAIL * (values.length - 1))]);
    high.setComponent(axis, values[Math.ceil((1 - TAIL) * (values.length - 1))]);
  });
  return new Box3(low, high);
}
