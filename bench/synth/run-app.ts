/** Runs CDK apps as the CDK CLI would, and looks at what they wrote. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export const APPS = {
  ours: file("../../bin/app.ts"),
  plain: file("../peers/plain-cdk/app.ts"),
} as const;

const CdkJson = z.object({ context: z.record(z.string(), z.unknown()) });
const Template = z.object({
  Resources: z.record(z.string(), z.object({ Type: z.string() })),
});

/** Resources of all stacks by type. */
export type ResourceCounts = ReadonlyMap<string, number>;

export interface Synthesis {
  /** Of the whole process, validation of the templates included. */
  readonly ms: number;
  /** Time of processors that it took, children included, where the system tells; else as `ms`. */
  readonly processorMs: number;
  readonly resources: ResourceCounts;
}

/**
 * Synthesizes into a new folder, with the feature flags of this project's `cdk.json`. Throws an
 * `Error` with the app's words if it fails.
 */
export async function synthesize(
  app: keyof typeof APPS,
  project: string,
  ...options: readonly string[]
): Promise<Synthesis> {
  const { context } = CdkJson.parse(JSON.parse(readFileSync(file("../../cdk.json"), "utf8")));
  const out = join(project, "cdk.out");
  rmSync(out, { recursive: true, force: true });
  const before = processorMsOfChildren();
  const start = performance.now();
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), APPS[app], ...options],
    {
      cwd: project,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        CDK_OUTDIR: out,
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, "aws:cdk:enable-path-metadata": true }),
      },
    },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(`${app}: synthesis failed: ${said.trim().slice(-2000)}`);
  const after = processorMsOfChildren();
  const processorMs = before === undefined || after === undefined ? ms : after - before;
  return { ms, processorMs, resources: countResources(out) };
}

/** Of the children that have ended, and theirs: `cutime` and `cstime` in proc_pid_stat(5). */
function processorMsOfChildren(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const stat = readFileSync("/proc/self/stat", "utf8");
  const [, ...fields] = stat.slice(stat.lastIndexOf(")") + 1).split(" ");
  // Fields 16 and 17, and the list begins with the third; in hundredths of a second.
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Of all templates in a cloud assembly. */
export function countResources(out: string): ResourceCounts {
  const counts = new Map<string, number>();
  for (const name of readdirSync(out).filter((each) => each.endsWith(".template.json"))) {
    const { Resources } = Template.parse(JSON.parse(readFileSync(join(out, name), "utf8")));
    for (const { Type } of Object.values(Resources)) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  }
  return counts;
}

/** What a measured program reports. */
export function synthesisResult({ ms, processorMs }: Synthesis) {
  return { value: ms, parts: [{ name: "time of processors", value: processorMs, unit: "ms" }] };
}

/** Throws an `Error` that names every type of which one app has more than the other. */
export function compareResources(ours: ResourceCounts, plain: ResourceCounts): void {
  const differing = [...new Set([...ours.keys(), ...plain.keys()])]
    .filter((type) => ours.get(type) !== plain.get(type))
    .map((type) => `${type} (${ours.get(type) ?? 0}, plain ${plain.get(type) ?? 0})`);
  if (differing.length === 0) return;
  throw new Error(`bench/peers/plain-cdk has not the same resources: ${differing.join(", ")}`);
}
