/** The pins in the text of a `toolset.yaml`: read, compared, and written with its comments kept. */
import { type Document, isMap, parseDocument } from "yaml";
import { z } from "zod";
import { ToolName } from "../../manifest/agent/tool-name.ts";
import { McpServer } from "../../manifest/components/toolset-file.ts";
import { canonicalJson } from "../../runtime/canonical-json.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import type { McpPin } from "../../runtime/mcp/pin-toolset.ts";
import { Failure } from "../failure.ts";
import { contractChanges } from "./contract-changes.ts";

export interface PinnedText {
  /** The text with the new pins; the same text if nothing has changed. */
  readonly text: string;
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly { readonly tool: string; readonly what: readonly string[] }[];
  /** Offered by the server, and not among the pins. */
  readonly others: readonly string[];
  /** Offered and wanted, and impossible to pin, with the reason. */
  readonly refused: readonly { readonly tool: string; readonly why: string }[];
}

/** What this command needs of the file; the compiler looks at all of it, once there are pins. */
const Pinnable = z.looseObject({
  mcp: z.looseObject({
    server: McpServer,
    tools: z.record(z.string(), z.looseObject({})).nullish(),
  }),
});

export interface ToolsetText {
  readonly document: Document;
  readonly server: z.infer<typeof McpServer>;
  /** Tools that have an entry now. */
  readonly tools: ReadonlyMap<string, JsonObject>;
}

/** Throws `Failure` for a file that is no YAML, or names no MCP server. */
export function readToolset(text: string, path: string): ToolsetText {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw unusable(path, error.message.split("\n")[0] ?? "it is no YAML");
  const parsed = Pinnable.safeParse(document.toJS());
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw unusable(path, `${issue?.path.join(".")}: ${issue?.message ?? "not as expected"}`);
  }
  const { server, tools } = parsed.data.mcp;
  return {
    document,
    server,
    tools: new Map(Object.entries(tools ?? {})) as Map<string, JsonObject>,
  };
}

/**
 * Writes what the server offers over what is pinned. Without `tools` and without pins in the file all
 * are taken, else those that are pinned, and `tools` besides. What the file says beyond the contract
 * (effect, timeout, …) stays. A new tool gets `effect: write`, the careful guess.
 */
export function pinText(
  text: string,
  { document, tools: before }: ToolsetText,
  offered: readonly McpPin[],
  { tools = [], all = false }: { readonly tools?: readonly string[]; readonly all?: boolean },
): PinnedText {
  const isFirst = before.size === 0 && tools.length === 0;
  const isWanted = ({ name }: McpPin) => all || isFirst || before.has(name) || tools.includes(name);
  const refused: { tool: string; why: string }[] = [];
  const [added, changed]: [string[], { tool: string; what: string[] }[]] = [[], []];
  for (const pin of offered.filter(isWanted)) {
    const why = reasonAgainst(pin, offered);
    if (why !== undefined) {
      refused.push({ tool: pin.name, why });
      continue;
    }
    const entry = before.get(pin.name);
    const what = writePin(document, pin, entry);
    if (!entry) added.push(pin.name);
    else if (what.length > 0) changed.push({ tool: pin.name, what });
  }
  const names = new Set(offered.map(({ name }) => name));
  const removed = [...before.keys()].filter((name) => !names.has(name));
  for (const name of removed) document.deleteIn(["mcp", "tools", name]);
  const isTouched = added.length + changed.length + removed.length > 0;
  return {
    text: isTouched
      ? document.toString({ lineWidth: 0, flowCollectionPadding: padsFlow(text) })
      : text,
    added,
    removed,
    changed,
    others: offered.filter((pin) => !isWanted(pin)).map(({ name }) => name),
    refused,
  };
}

/** Sets what is new or different, and leaves the rest of the entry alone. Returns what that was. */
function writePin(document: Document, pin: McpPin, entry: JsonObject | undefined): string[] {
  const at = ["mcp", "tools", pin.name];
  const { description, input, digest } = pin;
  if (!isMap(document.getIn(["mcp", "tools"]))) {
    document.setIn(["mcp", "tools"], document.createNode({}));
  }
  if (!entry) {
    document.setIn(at, document.createNode({ description, input, digest, effect: "write" }));
    return [];
  }
  const members: readonly (readonly [string, Json])[] = [
    ["description", description],
    ["input", input],
    ["digest", digest],
  ];
  const isPinned = members.every(([name]) => entry[name] !== undefined);
  const different = members.filter(
    ([name, value]) => canonicalJson(entry[name] ?? null) !== canonicalJson(value),
  );
  for (const [name, value] of different) document.setIn([...at, name], document.createNode(value));
  if (entry.effect === undefined) document.setIn([...at, "effect"], "write");
  if (!isPinned) return ["pinned for the first time"];
  if (different.length === 0) return [];
  const what = contractChanges(
    { description: String(entry.description), input: entry.input as JsonObject },
    pin,
  );
  return what.length > 0 ? what : ["the digest was not that of the contract"];
}

/** Why a tool cannot be pinned; undefined if it can. */
function reasonAgainst(
  { name, description }: McpPin,
  offered: readonly McpPin[],
): string | undefined {
  if (!ToolName.safeParse(name).success) return "no tool may have this name";
  if (description === "") return "it has no description, and models would be told nothing of it";
  if (offered.filter((other) => other.name === name).length > 1) return "it is offered twice";
  return undefined;
}

/** Whether the file writes `{ a: 1 }` or `{a: 1}`. */
function padsFlow(text: string): boolean {
  return !/[{[](?=[^\s{}[\]])/.test(text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|#.*$/gm, ""));
}

function unusable(path: string, why: string): Failure {
  return new Failure("ToolsetInvalid", `${path} cannot be pinned: ${why}`, {
    hint: "A toolset of an MCP server begins with mcp: { server: { url: https://… } }, or { command, args }.",
  });
}
