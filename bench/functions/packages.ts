/** What is deployed as a function, and the least that could be in its place. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { loadBundle } from "../../lib/bundle/index.ts";
import { compile } from "../../lib/compiler/index.ts";
import type { PlannedFunction } from "../../lib/compiler/plan.ts";
import {
  FUNCTION_OPTIONS,
  type Handler,
  handlerModules,
  handlerPackage,
  type Package,
} from "../../lib/constructs/code/handlers.ts";
import { functionPackage } from "../../lib/constructs/workflow/function-package.ts";
import { agentDocument } from "../agent/agent.ts";
import { bundleOf, manifestText } from "../manifest.ts";

/** Functions that are deployed, in the order in which they are measured. */
export const FUNCTIONS = [
  "step",
  "agent",
  "intake",
  "approval",
  "runs",
  "snapshot",
] as const satisfies readonly Handler[];
export type MeasuredFunction = (typeof FUNCTIONS)[number];

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url));
/** Powertools are a peer's, and installed here. */
const BENCH = fileURLToPath(new URL("..", import.meta.url));
/** A typical step: reads an artifact, has a contract and a few small dependencies. */
const STEP = "code/inventory.ts";

/** As `Workflow` and `Platform` deploy it; `step` is a step of `license-review`. */
export async function deployedPackage(name: MeasuredFunction): Promise<Package> {
  if (name === "agent") return agentPackage();
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

/** Of an agent that asks its model on Bedrock. */
function agentPackage(): Package {
  const bundle = bundleOf(manifestText(10));
  const { plan } = compile(bundle, { today: "2026-01-01" });
  if (!plan) throw new Error("the measured manifest does not compile");
  const document = agentDocument(10);
  const planned: PlannedFunction = {
    kind: "agent",
    name: "scout",
    step: "scout",
    timeout: 900,
    memory: 512,
    effect: "none",
    permissions: [],
    document: { ...document, model: { ...document.model, ids: { bedrock: "example.model-v1:0" } } },
  };
  const parts = { adapters: ["bedrock"], standIn: undefined, secret: undefined } as const;
  return functionPackage(planned, { ...bundle, plan, lock: "", warnings: [] }, undefined, {
    ...parts,
    asksBedrock: true,
  });
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

/**
 * A function that has the same clients of the AWS SDK and zod, and does nothing with them. Instead of
 * an agent: the client of Bedrock alone, zod and Powertools, which is what most would begin with.
 */
export async function floorPackage(name: MeasuredFunction): Promise<Package> {
  const clients = name === "agent" ? [BEDROCK] : clientsOf(name);
  const used = await Promise.all(clients.map(async (from) => [await classOf(from), from] as const));
  if (name === "agent") used.push(...POWERTOOLS);
  const contents = [
    'import * as z from "zod";',
    ...used.map(([what, from]) => `import { ${what} } from "${from}";`),
    "const Event = z.object({ name: z.string(), count: z.number() });",
    `const used = [${used.map(([what]) => `new ${what}({})`).join(", ")}];`,
    "export const handler = async (event) => [Event.parse(event), used.length];",
  ].join("\n");
  const { outputFiles } = await build({
    ...FUNCTION_OPTIONS,
    stdin: { contents, resolveDir: BENCH, sourcefile: "index.js" },
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

const BEDROCK = "@aws-sdk/client-bedrock-runtime";
const POWERTOOLS = [
  ["Logger", "@aws-lambda-powertools/logger"],
  ["Metrics", "@aws-lambda-powertools/metrics"],
  ["Tracer", "@aws-lambda-powertools/tracer"],
] as const;

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
