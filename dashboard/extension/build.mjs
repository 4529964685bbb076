// Puts the extension together: `npm run build` writes dist/, `npm run build -- --store` also showroom-extension.zip.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

import { DOMAINS } from "./domains.mjs";
import { zipOf } from "./src/zip.js";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await cp(join(here, "src"), dist, { recursive: true });

const { version } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
const manifest = JSON.parse(await readFile(join(here, "src", "manifest.json"), "utf8"));
const pages = DOMAINS.map((domain) => `https://*.airbnb.${domain}/*`);
manifest.version = version;
for (const script of manifest.content_scripts) script.matches = pages;
await writeFile(join(dist, "manifest.json"), JSON.stringify(manifest, null, 1));

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    }),
  );
  return found.flat().sort();
}

if (process.argv.includes("--store")) {
  const entries = [];
  for (const path of await filesBelow(dist)) {
    entries.push({ name: relative(dist, path).replaceAll("\\", "/"), data: new Uint8Array(await readFile(path)) });
  }
  const packed = zipOf(entries);
  await writeFile(join(here, "showroom-extension.zip"), Buffer.from(await packed.arrayBuffer()));
}
console.log(`dist: ${(await filesBelow(dist)).length} files, ${pages.length} domains`);
