/** Projects to synthesize, in temporary folders: bundles of tasks, and the same in plain CDK. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** Calls `use` with a new folder that is gone afterwards. */
export async function inProject<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "espalier-bench-synth-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Writes bundles `orders0`, `orders1`, … of `steps` tasks each, with an approval and a trigger. */
export function writeBundles(folder: string, bundles: number, steps: number): void {
  for (let i = 0; i < bundles; i++) {
    const bundle = join(folder, "bundles", `orders${i}`);
    write(join(bundle, "workflow.yaml"), manifest(`orders${i}`, steps));
    write(join(bundle, "approvals/large.yaml"), POLICY);
    for (let k = 0; k < steps; k++) write(join(bundle, `code/step${k}.ts`), stepCode(k));
  }
}

/** Writes what `peers/plain-cdk` deploys: a handler for each step, and four of its platform's kind. */
export function writePlainHandlers(folder: string, steps: number): void {
  const steppers = Array.from({ length: steps }, (_, k) => `step${k}`);
  for (const [k, name] of steppers.entries()) {
    write(join(folder, "handlers", `${name}.ts`), plainCode(k));
  }
  for (const name of ["intake", "approval", "runs", "snapshot"]) {
    write(join(folder, "handlers", `${name}.ts`), plainCode(steps));
  }
  symlinkSync(PACKAGES, join(folder, "node_modules"), "junction");
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

const POLICY = `approval: large
title: May this order be sent?
approvers: [sales@example.com]
deadline: 3d
`;

function manifest(name: string, steps: number): string {
  const tasks = Array.from({ length: steps }, (_, k) => {
    const before = k === 0 ? "$input.count" : `$step${k - 1}.count`;
    return `  - { id: step${k}, task: code/step${k}.ts, with: { count: "{% ${before} %}" } }\n`;
  });
  return `apiVersion: espalier/v1
workflow: ${name}
version: 1.0.0
owners: { business: sales@example.com, platform: platform@example.com, risk: risk@example.com }
input: { type: object, properties: { count: { type: integer } }, required: [count] }
triggers:
  - event: { source: [com.example.shop], detail-type: [OrderPlaced] }
    input: "{% $event.detail %}"
steps:
${tasks.join("")}  - { id: large, approval: approvals/large.yaml, with: { count: "{% $step${steps - 1}.count %}" } }
  - { id: told, emit: OrderSent, with: { count: "{% $step${steps - 1}.count %}" } }
`;
}

/** No two steps are alike, so that nobody gets by with one asset for all. */
function stepCode(k: number): string {
  return `import { step, z } from "espalier";

export default step({
  input: z.object({ count: z.number() }),
  output: z.object({ count: z.number() }),
  async run({ count }) {
    return { count: count + ${k} };
  },
});
`;
}

function plainCode(k: number): string {
  return `import * as z from "zod";

const Input = z.object({ count: z.number() });

export async function handler(event: unknown) {
  const { count } = Input.parse(event);
  return { count: count + ${k} };
}
`;
}
