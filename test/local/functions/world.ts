import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { TaskError } from "../../../lib/engine/index.ts";
import {
  FunctionHost,
  type FunctionHostOptions,
  type HostedFunction,
} from "../../../lib/local/functions/index.ts";
import type { Json, JsonObject } from "../../../lib/runtime/json.ts";

/** A host of functions on a folder of its own. */
export class FunctionWorld {
  readonly folder: string;
  readonly lines: { readonly function: string; readonly text: string }[] = [];
  host: FunctionHost;

  static async open(): Promise<FunctionWorld> {
    return new FunctionWorld(await mkdtemp(join(tmpdir(), "espalier-functions-")));
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.host = this.#makeHost({});
  }

  #makeHost(options: Partial<FunctionHostOptions>): FunctionHost {
    return new FunctionHost({
      ports: join(this.folder, "ports"),
      onLine: (line) => this.lines.push(line),
      ...options,
    });
  }

  /** Ends the host and opens another one on the same folder. */
  async reopen(options: Partial<FunctionHostOptions> = {}): Promise<void> {
    await this.host.close();
    this.host = this.#makeHost(options);
  }

  async close(): Promise<void> {
    await this.host.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  invoke(hosted: HostedFunction, payload: Json, signal?: AbortSignal): Promise<Json> {
    return this.host.invoke(hosted, payload, signal);
  }

  /** Writes a function's module. Timeouts are long, because the machine may be busy. */
  async makeFunction(
    name: string,
    code: string,
    options: Partial<HostedFunction> = {},
  ): Promise<HostedFunction> {
    const { folder } = this;
    const file = join(folder, `${name}.mjs`);
    await writeFile(file, code);
    return {
      id: name,
      name,
      work: { kind: "task", file },
      timeout: 60,
      memory: 128,
      effect: "none",
      files: folder,
      ...options,
    };
  }
}

/** How an invocation failed; its cause parsed. */
export async function failureOf(
  running: Promise<Json>,
): Promise<{ error: string; cause: JsonObject }> {
  const thrown: unknown = await running.catch((error: unknown) => error);
  if (!(thrown instanceof TaskError)) throw new Error(`No TaskError: ${JSON.stringify(thrown)}`);
  const cause = JSON.parse(thrown.cause) as JsonObject;
  expect(cause.errorType).toBe(thrown.error);
  return { error: thrown.error, cause };
}

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
