import { existsSync } from "node:fs";
import { basename, join, relative, resolve } from "node:path";
import { z } from "zod";
import type { LocalRuntime } from "../../local/runtime/local-runtime.ts";
import { BundleReloader } from "../bundles/bundle-reloader.ts";
import { bundleFolders } from "../bundles/select-bundle.ts";
import { watchBundles } from "../bundles/watch-bundles.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { Failure } from "../failure.ts";
import { count } from "../input/option-shapes.ts";
import { linksAt } from "../runs/approval-links.ts";
import { localSettings, type RuntimeSettings } from "../runs/local-settings.ts";
import { oneLine } from "../runs/step-text.ts";
import { safeText } from "../text/safe-text.ts";
import { shellWord } from "../text/shell-word.ts";

const DEFAULT_PORT = 4747;

/** Folders beside the bundles: components, and the environment of this machine. */
const SHARED = ["components", "environments"];

export const dev = defineCommand({
  name: "dev",
  summary: "Serve everything on this machine, and reload bundles",
  details:
    "Goes on with whatever an earlier process left unfinished. Serves the Step Functions API for the AWS SDK and CLI at the same address. Runs in flight keep the code they began with. Ctrl-C ends it; nothing is lost.",
  options: [
    {
      flags: "--port <n>",
      description: `port on 127.0.0.1; 0 for any that is free (default: ${DEFAULT_PORT})`,
    },
    { flags: "--bundles <dir>", description: "where the bundles are (default: bundles)" },
    {
      flags: "--functions <dir>",
      description: "each NAME/index.mjs there is a function, for machines made via the API",
    },
  ],
  examples: [
    { command: "espalier dev", says: `on port ${DEFAULT_PORT}` },
    { command: "espalier dev --port 0 --data .espalier/second", says: "beside another one" },
  ],
  shape: {
    args: z.tuple([]),
    options: z.object({
      port: count(0, 65_535).default(DEFAULT_PORT),
      bundles: z.string().min(1).default("bundles"),
      functions: z.string().min(1).optional(),
    }),
  },
  async perform(invocation, _args, { port, bundles, functions }) {
    const { io, out, dataDir } = invocation;
    const functionsDir = functions === undefined ? undefined : folderOf(functions, io.cwd);
    const root = resolve(io.cwd, bundles);
    const settings = await localSettings(join(root, "environments"));
    const runtime = await openRuntime(invocation, { port, ...settings, functions: functionsDir });
    try {
      const reloader = new BundleReloader(runtime, invocation);
      for (const folder of bundleFolders(io.cwd, bundles)) {
        await reloader.reload(folder);
      }
      const resumed = await reportUnfinished(invocation, runtime);
      const watcher = await watchBundles(root, async (folder) => {
        // What bundles share may change any of them.
        const shared = SHARED.includes(basename(folder));
        for (const one of shared ? bundleFolders(io.cwd, bundles) : [folder]) {
          await reloader.reload(one);
        }
      });
      try {
        out.line();
        out.line(`Ready at ${out.color.bold(runtime.url)}, data in ${shown(dataDir, io.cwd)}.`);
        const { queue } = await linksAt(runtime.url, dataDir);
        out.line(`What waits for people: ${queue}`);
        out.line(`What they would have been sent, after that: ${runtime.url}/outbox`);
        out.document({
          url: runtime.url,
          queue,
          outbox: `${runtime.url}/outbox`,
          pid: process.pid,
          data: dataDir,
          workflows: (await runtime.workflows()).map((workflow) => ({ ...workflow })),
          resumed,
        });
        await aborted(io.signal);
      } finally {
        await watcher.close();
      }
      const open = await runtime.runs({ status: "RUNNING" });
      out.note(stoppedText(open.length, invocation.suggest("dev")));
    } finally {
      await runtime.close();
    }
    return { exitCode: 0 };
  },
});

async function openRuntime(
  { dataDir, out }: Invocation,
  {
    functions,
    ...options
  }: RuntimeSettings & { readonly port: number; readonly functions: string | undefined },
): Promise<LocalRuntime> {
  // Loaded when needed: help does without the engine.
  const { LocalRuntime } = await import("../../local/runtime/local-runtime.ts");
  const time = () => out.color.dim(new Date().toTimeString().slice(0, 8));
  return LocalRuntime.open({
    directory: dataDir,
    ...options,
    ...(functions !== undefined && { functions }),
    onError: (error) => out.warn(safeText(error instanceof Error ? error.message : String(error))),
    onEmit: (event) => out.line(`${time()}  event  ${safeText(event["detail-type"])}`),
    onLog: ({ function: name, text }) => {
      const room = out.live ? out.width - 12 : 4000;
      out.line(`${time()}  ${oneLine(`${name}  ${text}`, room)}`);
    },
  });
}

/** Says which runs an earlier process left, and goes on with; returns their ids. */
async function reportUnfinished(
  { out, suggest }: Invocation,
  runtime: LocalRuntime,
): Promise<string[]> {
  const unfinished = await runtime.runs({ status: "RUNNING", limit: 1000 });
  if (unfinished.length > 0) {
    const waiting = new Set((await runtime.approvals({ status: "open" })).map(({ run }) => run.id));
    out.line();
    out.line(`Goes on with ${unfinished.length} unfinished:`);
    for (const { id, workflow } of unfinished) {
      const state = waiting.has(id) ? "waits for a person" : "running";
      out.line(`  ${safeText(id)}  ${safeText(workflow)}  ${out.color.yellow(state)}`);
    }
    if (waiting.size > 0) {
      out.line(`  ${suggest("approvals")}   shows what waits`);
    }
  }
  return unfinished.map(({ id }) => id);
}

function folderOf(typed: string, cwd: string): string {
  const folder = resolve(cwd, typed);
  if (!existsSync(folder)) {
    throw new Failure("FolderNotFound", `There is no folder ${typed}`, {
      hint: "--functions names a folder in which each NAME/index.mjs is a function.",
    });
  }
  return folder;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  }
}

function stoppedText(open: number, command: string): string {
  return open === 0
    ? "Stopped."
    : `Stopped. ${open === 1 ? "1 run goes" : `${open} runs go`} on with the next ${command}`;
}

function shown(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return shellWord(short === "" ? "." : short.startsWith("..") ? path : short);
}
