import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import type { McpServer } from "../../runtime/mcp/mcp-world.ts";
import type { McpPin } from "../../runtime/mcp/pin-toolset.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { Failure } from "../failure.ts";
import { ToolName } from "../input/option-shapes.ts";
import { replaceFile } from "../replace-file.ts";
import { safeText } from "../text/safe-text.ts";
import { type PinnedText, pinText, readToolset } from "../toolset/pin-text.ts";

const TIMEOUT_MS = 60_000;

export const toolset = defineCommand({
  name: "toolset",
  summary: "Pin the tools of an MCP server to what it says of them now",
  details:
    "Asks the server that FOLDER/toolset.yaml names, and writes description, arguments and digest of its tools there: of all at first, then of those that are pinned. Read what has changed before you commit it: models will be told so.",
  arguments: [
    ["<action>", "pin"],
    ["<folder>", "the toolset's folder"],
  ],
  options: [
    { flags: "--tool <name>", description: "pin this tool, too", repeatable: true },
    { flags: "--all", description: "pin every tool that the server offers" },
    { flags: "--check", description: "write nothing; exit code 1 if something has changed" },
  ],
  examples: [
    { command: "espalier toolset pin toolsets/files", says: "pin, or pin anew" },
    {
      command: "espalier toolset pin toolsets/files --check",
      says: "look whether a server has changed",
    },
  ],
  shape: {
    args: z.tuple([
      z.literal("pin", { error: "expected pin" }),
      z.string().min(1, { error: "expected a folder" }),
    ]),
    options: z.object({
      tool: z.array(ToolName).default([]),
      all: z.boolean().default(false),
      check: z.boolean().default(false),
    }),
  },
  async perform(invocation, [, folder], { tool: tools, all, check }) {
    const path = join(resolve(invocation.io.cwd, folder), "toolset.yaml");
    const text = await readFile(path, "utf8");
    const toolsetText = readToolset(text, join(folder, "toolset.yaml"));
    invocation.out.progress("Asking the server …");
    const offered = await ask(toolsetText.server, invocation);
    const missing = tools.filter((name) => !offered.some((pin) => pin.name === name));
    if (missing.length > 0) {
      throw new Failure("ToolNotOffered", `The server offers no tool ${missing.join(", ")}`, {
        hint: `It offers ${offered.map(({ name }) => safeText(name)).join(", ") || "none"}.`,
      });
    }
    const pinned = pinText(text, toolsetText, offered, { tools, all });
    const isChanged = pinned.text !== text;
    if (isChanged && !check) await replaceFile(path, pinned.text);
    return report(invocation, join(folder, "toolset.yaml"), pinned, { isChanged, check });
  },
});

async function ask(server: McpServer, { io }: Invocation): Promise<readonly McpPin[]> {
  // Loaded when needed: they bring the MCP SDK along.
  const [{ pinToolset }, { openStdio }] = await Promise.all([
    import("../../runtime/mcp/pin-toolset.ts"),
    import("../../runtime/mcp/open-stdio.ts"),
  ]);
  let stderr = "";
  try {
    return await pinToolset(server, {
      signal: io.signal,
      timeout: TIMEOUT_MS,
      env: io.env,
      openStdio,
      logger: {
        debug: (_message, data) => {
          stderr = `${stderr}${String(data?.text ?? "")}`.slice(-1000);
        },
      },
    });
  } catch (error) {
    if (!(error instanceof Error) || io.signal.aborted) throw error;
    const words = stderr.trim();
    throw new Failure("ServerFailed", safeText(error.message.replace(/\.$/, "")), {
      hint:
        words === ""
          ? "Nothing was changed. Check mcp.server in the file, and that the server is there."
          : `Nothing was changed. The server wrote: ${safeText(words)}`,
      cause: error,
    });
  }
}

function report(
  { out }: Invocation,
  path: string,
  { added, removed, changed, others, refused }: PinnedText,
  { isChanged, check }: { readonly isChanged: boolean; readonly check: boolean },
): Outcome {
  for (const name of added) out.line(`${out.color.green("added")}    ${safeText(name)}`);
  for (const name of removed) out.line(`${out.color.red("removed")}  ${safeText(name)}`);
  for (const { tool, what } of changed) {
    out.line(`${out.color.yellow("changed")}  ${safeText(tool)}`);
    out.lines(what.map((line) => `  ${line}`));
  }
  for (const { tool, why } of refused) out.warn(`${safeText(tool)} is not pinned: ${why}`);
  if (others.length > 0) {
    out.line(`Offered, and not pinned: ${others.map(safeText).join(", ")} (--tool NAME, or --all)`);
  }
  if (!isChanged) out.line(`${path} is up to date.`);
  else out.line(check ? `${path} is not up to date.` : `Wrote ${path}.`);
  if (added.length > 0 && !check) {
    out.line("New tools have effect: write. Say read in the file where a tool changes nothing.");
  }
  return {
    exitCode: check && isChanged ? 1 : 0,
    document: {
      toolset: path,
      added: [...added],
      removed: [...removed],
      changed: changed.map(({ tool, what }) => ({ tool, what: [...what] })),
      others: [...others],
      refused: refused.map((each) => ({ ...each })),
      upToDate: !isChanged,
    },
  };
}
