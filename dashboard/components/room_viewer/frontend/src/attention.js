// Who scrolls: the page, until somebody turns to the room. On a touch screen a tap enters it; with a mouse the
// wheel zooms once the room was clicked or reached by the keyboard.

export class Attention {
  /** Covers `ui.canvas` on touch screens until it is tapped; `zoomable` is told whether the wheel is the room's. */
  constructor({ root, ui, zoomable }) {
    Object.assign(this, { root, ui, zoomable });
    this.stops = [];
    this.listen(ui.enter, "click", () => this.take(true));
    this.listen(ui.canvas, "pointerdown", () => ui.stage.focus({ preventScroll: true }));
    this.listen(ui.stage, "focusin", () => this.take(true));
    this.listen(ui.stage, "focusout", (event) => this.take(ui.stage.contains(event.relatedTarget)));
    this.listen(document, "pointerdown", (event) => this.outside(event), true);
    this.listen(document, "fullscreenchange", () => this.take(Boolean(document.fullscreenElement)));
    this.take(false);
  }

  listen(target, type, handler, options) {
    target.addEventListener(type, handler, options);
    this.stops.push(() => target.removeEventListener(type, handler, options));
  }

  outside(event) {
    if (!event.composedPath().includes(this.ui.stage)) {
      this.take(false);
    }
  }

  take(wanted) {
    this.root.dataset.attention = wanted ? "room" : "page";
    this.ui.enter.hidden = wanted || !matchMedia("(pointer: coarse)").matches;
    this.zoomable(wanted);
  }

  dispose() {
    this.stops.forEach((stop) => stop());
  }
}
