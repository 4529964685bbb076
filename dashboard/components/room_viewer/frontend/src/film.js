// A short film of the room to take along: once around what the picture shows, as WebM.
import { Spherical, Vector3 } from "three";

const SECONDS = 8;
const FRAMES_PER_S = 30;
const BITS_PER_S = 6_000_000;
const KINDS = ["video/webm;codecs=vp9", "video/webm;codecs=vp8", "video/webm"];

/** What this browser can record; `undefined`: nothing. */
export const filmKind = () =>
  typeof MediaRecorder === "undefined" ? undefined : KINDS.find((kind) => MediaRecorder.isTypeSupported(kind));

export class Film {
  /** Films `canvas` before `colour` while `camera` goes once around `target`; `done` gets the film, or nothing. */
  constructor({ canvas, camera, target, colour, done }) {
    Object.assign(this, { camera, target: target.clone(), colour, source: canvas, done });
    this.home = camera.position.clone();
    this.start = new Spherical().setFromVector3(this.home.clone().sub(this.target));
    this.seconds = 0;
    this.sheet = Object.assign(document.createElement("canvas"), { width: canvas.width, height: canvas.height });
    this.pen = this.sheet.getContext("2d");
    this.pieces = [];
    this.recorder = new MediaRecorder(this.sheet.captureStream(FRAMES_PER_S), {
      mimeType: filmKind(), videoBitsPerSecond: BITS_PER_S,
    });
    this.recorder.addEventListener("dataavailable", ({ data }) => data.size && this.pieces.push(data));
    this.recorder.addEventListener("stop", () => this.finish());
    this.recorder.start(500);
  }

  get left() {
    return Math.max(0, SECONDS - this.seconds);
  }

  /** Move on; draw the room, then call `drawn`. */
  step(seconds) {
    this.seconds += seconds;
    const turn = (Math.min(this.seconds, SECONDS) / SECONDS) * 2 * Math.PI;
    const place = new Vector3().setFromSpherical(
      new Spherical(this.start.radius, this.start.phi, this.start.theta + turn),
    );
    this.camera.position.copy(this.target).add(place);
    this.camera.lookAt(this.target);
  }

  drawn() {
    this.pen.fillStyle = this.colour;
    this.pen.fillRect(0, 0, this.sheet.width, this.sheet.height);
    this.pen.drawImage(this.source, 0, 0, this.sheet.width, this.sheet.height);
    if (this.seconds >= SECONDS) {
      this.end(true);
    }
  }

  /** Stop; keep what was filmed, or throw it away. */
  end(kept) {
    if (this.recorder.state !== "inactive") {
      this.kept = kept;
      this.recorder.stop();
    }
  }

  finish() {
    this.camera.position.copy(this.home);
    this.camera.lookAt(this.target);
    this.done(this.kept && this.pieces.length ? new Blob(this.pieces, { type: "video/webm" }) : null);
  }
}
