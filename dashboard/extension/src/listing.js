// From what was captured of a page to the ZIP of docs/listing_zip.md.
import { zipOf } from "./zip.js";

const AT_ONCE = 4;

async function photoBytes(url) {
  const answer = await fetch(url, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

/** The ZIP of a capture {id, url, title, photos, page}; photos that cannot be had are left out and counted. */
export async function zipOfListing(capture, tell = () => {}) {
  const photos = [];
  const entries = [];
  let done = 0;
  let missing = 0;
  const queue = capture.photos.map((photo, index) => ({ ...photo, file: `photos/${String(index).padStart(3, "0")}.jpg` }));
  const got = new Map();
  async function take() {
    for (let photo = queue.shift(); photo; photo = queue.shift()) {
      try {
        got.set(photo.file, { photo, data: await photoBytes(photo.url) });
      } catch {
        missing += 1;
      }
      done += 1;
      tell(done, capture.photos.length);
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, take));
  for (const file of [...got.keys()].sort()) {
    const { photo, data } = got.get(file);
    photos.push({ file, url: photo.url, room: photo.room || null, caption: photo.caption || null });
    entries.push({ name: file, data });
  }
  const manifest = {
    format: "showroom-listing",
    version: 1,
    made_by: `ShowRoom extension ${chrome.runtime.getManifest().version}`,
    made_at: new Date().toISOString(),
    url: capture.url,
    holds: "page",
    title: capture.title || null,
    photos,
  };
  const text = (value) => new TextEncoder().encode(JSON.stringify(value));
  entries.unshift({ name: "manifest.json", data: text(manifest) }, { name: "page.json", data: text(capture.page) });
  return { zip: zipOf(entries), missing };
}
