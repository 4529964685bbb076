// Loading: meshes and point clouds with progress, cameras, photo textures.
import { SRGBColorSpace, TextureLoader } from "three";
import { GLTFLoader } from "three/examples/jsm/loaders/GLTFLoader.js";
import { say } from "./words.js";

const absolute = (url) => new URL(url, document.baseURI).href;

/** Fetch bytes; `report` hears a fraction of 0 to 1, or null while the size is unknown. */
async function fetchBytes(url, report, signal) {
  const response = await fetch(absolute(url), { signal });
  if (!response.ok) {
    throw new Error(
      response.status === 404
        ? say("The 3D file is no longer stored. Run the analysis again.")
        : say("The server answered {status} for the 3D file.", { status: response.status }),
    );
  }
  const total = Number(response.headers.get("Content-Length")) || 0;
  const reader = response.body.getReader();
  const chunks = [];
  let received = 0;
  for (let step = await reader.read(); !step.done; step = await reader.read()) {
    chunks.push(step.value);
    received += step.value.length;
    report(total ? Math.min(received / total, 1) : null);
  }
  return await new Blob(chunks).arrayBuffer();
}

/** The scene of a GLB file. */
export async function loadScene(url, report, signal) {
  const bytes = await fetchBytes(url, report, signal);
  const gltf = await new GLTFLoader().parseAsync(bytes, absolute("./"));
  return gltf.scene;
}

/** The frames of cameras.json. */
export async function loadFrames(url, signal) {
  const response = await fetch(absolute(url), { signal });
  if (!response.ok) {
    return [];
  }
  return (await response.json()).frames ?? [];
}

const textures = new TextureLoader();

/** A photo as an sRGB texture. */
export function loadPhoto(url, done) {
  return textures.load(absolute(url), (texture) => {
    texture.colorSpace = SRGBColorSpace;
    done(texture);
  });
}
