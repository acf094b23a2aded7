/** `npm run docs`: writes `docs/architecture.svg`. */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { drawArchitecture } from "./draw.ts";

writeFileSync(resolve(import.meta.dirname, "../../../docs/architecture.svg"), drawArchitecture());
process.stdout.write("wrote docs/architecture.svg\n");
