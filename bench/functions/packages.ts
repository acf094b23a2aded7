/** What is deployed as a function, and the least that could be in its place. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { loadBundle } from "../../lib/bundle/index.ts";
import {
  FUNCTION_OPTIONS,
  type Handler,
  handlerModules,
  handlerPackage,
  type Package,
} from "../../lib/constructs/code/handlers.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
/** A typical step: reads an artifact, has a contract and a few small dependencies. */
const STEP = "code/inventory.ts";

/** As `Workflow` and `Platform` deploy it; `step` is a step of `license-review`. */
export async function deployedPackage(name: Handler): Promise<Package> {
  const files = new Map<string, Uint8Array | string>(handlerPackage(name));
  if (name === "intake") files.set("intake.json", INTAKE);
  if (name !== "step") return files;
  const { bundle } = await loadBundle(join(REPOSITORY, "bundles/license-review"));
  const js = bundle?.code.get(STEP)?.js;
  if (js === undefined) throw new Error(`license-review has no ${STEP}`);
  return files
    .set("step.mjs", js)
    .set(
      "index.mjs",
      'import { stepHandler } from "./host.mjs";\nimport step from "./step.mjs";\nexport const handler = stepHandler(step);\n',
    );
}

const INTAKE = JSON.stringify({
  format: 1,
  workflow: "orders",
  version: "1.0.0",
  digest: "sha256:0",
  input: true,
  config: {},
  triggers: [],
});

/** A function that has the same clients of the AWS SDK and zod, and does nothing with them. */
export async function floorPackage(name: Handler): Promise<Package> {
  const clients = clientsOf(name);
  const classes = await Promise.all(clients.map(classOf));
  const contents = [
    'import * as z from "zod";',
    ...clients.map((client, i) => `import { ${classes[i]} } from "${client}";`),
    "const Event = z.object({ name: z.string(), count: z.number() });",
    `const clients = [${classes.map((each) => `new ${each}({})`).join(", ")}];`,
    "export const handler = async (event) => [Event.parse(event), clients.length];",
  ].join("\n");
  const { outputFiles } = await build({
    ...FUNCTION_OPTIONS,
    stdin: { contents, resolveDir: REPOSITORY, sourcefile: "index.js" },
    outdir: join(REPOSITORY, ".out"),
    entryNames: "index",
  });
  return new Map(
    outputFiles.map(({ path, contents }) => [
      path.slice(join(REPOSITORY, ".out/").length),
      contents,
    ]),
  );
}

function clientsOf(name: Handler): readonly string[] {
  const found = handlerModules(name).flatMap(
    (module) => /node_modules\/(@aws-sdk\/client-[\w-]+)\//.exec(module)?.[1] ?? [],
  );
  return [...new Set(found)].sort();
}

/** `@aws-sdk/client-s3` exports `S3Client`, besides its commands. */
async function classOf(client: string): Promise<string> {
  const name = Object.keys(await import(client)).find((each) => /^[A-Z]\w*Client$/.test(each));
  if (name === undefined) throw new Error(`${client} has no client`);
  return name;
}
