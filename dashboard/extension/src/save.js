// A listing as one ZIP, without any server.
import { getCapture } from "./captures.js";
import { zipOfListing } from "./listing.js";
import { loadWords, t } from "./words.js";

const place = (id) => document.querySelector(id);
await loadWords();
const capture = await getCapture(new URLSearchParams(location.search).get("id"));
if (!capture) place("#told").textContent = t("why_gone");
else {
  place("#title").textContent = capture.title;
  place("#told").textContent = t("working");
  const { zip, missing } = await zipOfListing(capture, (done, all) => (place("#bar").value = done / all));
  place("#bar").value = 1;
  const link = place("#file");
  link.href = URL.createObjectURL(zip);
  link.download = `showroom-${capture.id}.zip`;
  link.textContent = link.download;
  link.hidden = false;
  link.click();
  place("#told").textContent = missing ? t("savedWithout", missing) : t("saved");
}
