/** What workers run, as JavaScript: built when it is first needed, once a process. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { asksModel, type FunctionWork } from "./hosted-function.ts";
import { asksBedrock, type ModelHosting } from "./model-hosting.ts";

/** Files for one worker. */
export interface WorkerFiles {
  readonly worker: string;
  /** Null where Bedrock is not asked. */
  readonly bedrock: string | null;
}

/** Apart, so that a worker of a step or a tool holds nothing of models and agents. */
const ENTRIES: Readonly<Record<FunctionWork["kind"], string>> = {
  task: "worker.ts",
  tool: "worker.ts",
  agent: "kit/kit-worker.ts",
  model: "kit/kit-worker.ts",
  retrieve: "kit/kit-worker.ts",
  memory: "kit/kit-worker.ts",
  prompt: "kit/kit-worker.ts",
  mcp: "kit/mcp-worker.ts",
};

export class WorkerCode {
  readonly #models: ModelHosting | undefined;
  readonly #built = new Map<string, Promise<string>>();
  #folder: Promise<string> | undefined;

  constructor(models: ModelHosting | undefined) {
    this.#models = models;
    // Steps are in every workflow. A failure is reported by the first invocation, if there is any.
    this.#fileOf(join(import.meta.dirname, ENTRIES.task)).catch(() => undefined);
  }

  async filesFor(work: FunctionWork): Promise<WorkerFiles> {
    const { settings, bedrock: module } = this.#models ?? {};
    const needsBedrock = asksModel(work) && settings !== undefined && asksBedrock(settings);
    const [worker, bedrock] = await Promise.all([
      this.#fileOf(join(import.meta.dirname, ENTRIES[work.kind])),
      needsBedrock && module !== undefined ? this.#fileOf(module) : null,
    ]);
    return { worker, bedrock };
  }

  async remove(): Promise<void> {
    await Promise.allSettled(this.#built.values());
    const folder = await this.#folder?.catch(() => undefined);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }

  #fileOf(entry: string): Promise<string> {
    const known = this.#built.get(entry);
    if (known) return known;
    const made = this.#build(entry, this.#built.size);
    this.#built.set(entry, made);
    return made;
  }

  /** One file that imports nothing but Node: it stands where no `node_modules` is near. */
  async #build(entry: string, number: number): Promise<string> {
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      target: "node20",
      sourcemap: false,
      // Libraries in CommonJS ask for Node's own modules by `require`.
      banner: { js: REQUIRE },
    });
    this.#folder ??= mkdtemp(join(tmpdir(), "espalier-worker-"));
    const file = join(await this.#folder, `worker-${number}.mjs`);
    await writeFile(file, outputFiles[0]?.contents ?? "");
    return file;
  }
}

const REQUIRE =
  'import { createRequire as nodeRequire } from "node:module"; const require = nodeRequire(import.meta.url);';
