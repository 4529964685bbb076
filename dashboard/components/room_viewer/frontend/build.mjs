// Bundles the viewer into dist/index.js and puts the dashboard's fonts beside it.
// Run after `npm ci` with `npm run build` (or `node build.mjs`).
import { build } from "esbuild";
import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, "dist");
const limitBytes = 800_000;
const fonts = [
  ["@fontsource-variable/bricolage-grotesque", "bricolage-grotesque-latin-opsz-normal.woff2"],
  ["@fontsource-variable/bricolage-grotesque", "bricolage-grotesque-latin-ext-opsz-normal.woff2"],
  ["@fontsource-variable/instrument-sans", "instrument-sans-latin-wght-normal.woff2"],
  ["@fontsource-variable/instrument-sans", "instrument-sans-latin-ext-wght-normal.woff2"],
  ["@fontsource-variable/instrument-sans", "instrument-sans-latin-wght-italic.woff2"],
];

await rm(dist, { recursive: true, force: true });
await mkdir(join(dist, "fonts"), { recursive: true });
await build({
  absWorkingDir: here,
  entryPoints: ["src/index.js"],
  outfile: join(dist, "index.js"),
  bundle: true,
  format: "esm",
  minify: true,
  target: "es2022",
  loader: { ".css": "text" },
  legalComments: "eof",
  logLevel: "warning",
});
for (const [name, file] of fonts) {
  await copyFile(join(here, "node_modules", name, "files", file), join(dist, "fonts", file));
}
const { size } = await stat(join(dist, "index.js"));
if (size > limitBytes) {
  throw new Error(`index.js has ${size} bytes; the limit is ${limitBytes}`);
}
console.log(`dist/index.js ${Math.round(size / 1000)} kB, ${fonts.length} fonts`);
