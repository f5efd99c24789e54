// Builds ../built: each entry of src/ as one minified file whose name holds its hash, compressed beside itself.
// names.json says which file is which.
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const draft = join(here, "..", "built.new");
const target = join(here, "..", "built");

await rm(draft, { recursive: true, force: true });
await mkdir(draft, { recursive: true });
const result = await build({
  absWorkingDir: here,
  entryPoints: ["app.js", "charts.js", "workflow.js", "entry.js", "imports.js", "admin.js", "api-box.js", "app.css", "charts.css"].map((name) => `src/${name}`),
  outdir: draft,
  entryNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  legalComments: "eof", // the licences of what is bundled stay in it
  metafile: true,
});

const names = {};
for (const [path, { entryPoint }] of Object.entries(result.metafile.outputs)) {
  if (!entryPoint) continue;
  const file = basename(path);
  names[basename(entryPoint)] = file;
  const content = await readFile(join(draft, file));
  await writeFile(join(draft, `${file}.gz`), gzipSync(content, { level: 9 }));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
  const small = brotliCompressSync(content, quality);
  await writeFile(join(draft, `${file}.br`), small);
  console.log(`${basename(entryPoint).padEnd(12)} ${content.length} bytes, ${small.length} compressed`);
}
await writeFile(join(draft, "names.json"), JSON.stringify(names));
await rm(target, { recursive: true, force: true });
await rename(draft, target);
