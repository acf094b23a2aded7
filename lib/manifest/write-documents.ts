/** `npm run docs`: writes what under `docs/` comes from the code. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { generatedDocuments } from "./documents.ts";

const root = resolve(import.meta.dirname, "../..");

for (const [path, text] of generatedDocuments()) {
  const file = resolve(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  process.stdout.write(`wrote ${path}\n`);
}
