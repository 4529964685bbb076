// The button that films the room, what it says meanwhile, and the file that it hands out.
import { Film, filmKind } from "./film.js";
import { handOut } from "./handing.js";
import { say } from "./words.js";

export class Filming {
  /** Films by the button of `ui`; `name` tells what the file is called. */
  constructor({ root, ui, camera, navigation, invalidate, name }) {
    Object.assign(this, { root, ui, camera, navigation, invalidate, name });
    this.film = null;
    ui.film.hidden = !filmKind();
  }

  /** Film once around the room, or stop and throw away. */
  toggle() {
    const { camera, navigation, root, ui } = this;
    if (this.film) {
      this.stop();
      return;
    }
    if (navigation.flight) {
      return;
    }
    if (navigation.mode === "walk") {
      navigation.setMode("orbit");
    }
    navigation.leavePhoto();
    this.mark(true);
    const paper = getComputedStyle(root).getPropertyValue("--st-background-color").trim();
    this.film = new Film({
      canvas: ui.canvas, camera, target: navigation.orbit.target, colour: paper || "#f4f6f3",
      done: (film) => this.filmed(film),
    });
    ui.hint.classList.remove("gone");
  }

  stop() {
    this.film?.end(false);
  }

  /** Move the camera on; whether a film is being made. */
  step(seconds) {
    if (!this.film) {
      return false;
    }
    this.film.step(seconds);
    this.ui.hint.textContent = say("Filming, {seconds} s left. The button again stops it.", {
      seconds: Math.ceil(this.film.left),
    });
    this.invalidate();
    return true;
  }

  drawn() {
    this.film?.drawn();
  }

  filmed(film) {
    this.film = null;
    this.mark(false);
    this.navigation.hintFor("orbit");
    this.navigation.orbit.update();
    this.invalidate();
    if (film) {
      handOut(film, `${this.name()}.webm`);
    }
  }

  mark(wanted) {
    this.ui.film.ariaPressed = String(wanted);
    this.ui.stage.classList.toggle("filming", wanted);
    this.navigation.orbit.enabled = !wanted;
    this.root.dataset.filming = String(wanted);
  }
}
