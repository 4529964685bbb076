// Frames. Room frame: z up, metres. glTF and three.js: y up. Cameras: OpenCV (x right, y down, z forward).
import { Matrix4, MathUtils, Quaternion, Vector3 } from "three";

const GLTF_FROM_ROOM = new Matrix4().set(1, 0, 0, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1);
const OPENCV_FROM_THREE = new Matrix4().makeScale(1, -1, -1);

/** The camera of one photo in the viewer's frame: position, orientation, field of view, aspect. */
export function photoCamera(frame) {
  const c2w = frame.c2w.length === 16 ? frame.c2w : frame.c2w.flat();
  const rows = c2w.length === 12 ? [...c2w, 0, 0, 0, 1] : c2w;
  const matrix = new Matrix4()
    .set(...rows)
    .premultiply(GLTF_FROM_ROOM)
    .multiply(OPENCV_FROM_THREE);
  const K = frame.K.flat();
  return {
    id: frame.name,
    matrix,
    position: new Vector3().setFromMatrixPosition(matrix),
    quaternion: new Quaternion().setFromRotationMatrix(matrix),
    halfWidth: frame.width / 2 / K[0],
    halfHeight: frame.height / 2 / K[4],
  };
}

/** Vertical field of view (degrees) at which the whole photo fits into a canvas of this aspect. */
export function fittingFov(camera, aspect) {
  const tangent = Math.max(camera.halfHeight, camera.halfWidth / aspect);
  return MathUtils.radToDeg(2 * Math.atan(tangent));
}
