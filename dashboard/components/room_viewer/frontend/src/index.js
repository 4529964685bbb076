// Entry of the bundle: one viewer per element, kept over reruns, disposed when it leaves the page.
import { RoomViewer } from "./viewer.js";

const viewers = new WeakMap();
const LEAVING_MS = 400;

/** Mount or update the viewer of `parentElement`; returns the function that ends it. */
export function mount({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector("[data-room-viewer]");
  let entry = viewers.get(root);
  if (entry) {
    clearTimeout(entry.leaving);
    entry.viewer.update(data);
  } else {
    entry = { viewer: new RoomViewer(root, data), leaving: 0 };
    viewers.set(root, entry);
  }
  entry.viewer.tell = setTriggerValue;
  return () => {
    // A rerun ends and mounts again at once; only an element that stays away is disposed.
    entry.leaving = setTimeout(() => {
      entry.viewer.dispose();
      viewers.delete(root);
    }, LEAVING_MS);
  };
}
