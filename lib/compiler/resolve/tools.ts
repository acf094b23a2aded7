/** The tools that an agent is allowed: each found in its toolset, with the function that runs it. */
import type { ComponentOf } from "../../bundle/component.ts";
import { componentPath } from "../../bundle/component.ts";
import type { McpToolEntry, ToolEntry } from "../../manifest/components/toolset-file.ts";
import { nearest } from "../../manifest/nearest.ts";
import type { ToolDocument } from "../../runtime/agent/agent-document.ts";
import type { McpDocument } from "../../runtime/agent/mcp-document.ts";
import type { Effect } from "../../runtime/effect.ts";
import type { JsonObject } from "../../runtime/json.ts";
import { type At, below, type Finder, isObjectSchema } from "./finder.ts";
import type { ResolvedTool } from "./resolution.ts";

/** @param at place of the agent's `tools`. Undefined after a finding. */
export function resolveTools(
  allowed: Readonly<Record<string, readonly string[]>>,
  at: At,
  finder: Finder,
): readonly ResolvedTool[] | undefined {
  const tools: ResolvedTool[] = [];
  let sound = true;
  for (const [alias, names] of Object.entries(allowed)) {
    const component = finder.component("toolsets", alias, below(at, alias));
    if (!component?.document) {
      sound = false;
      continue;
    }
    for (const [i, name] of names.entries()) {
      const found = resolveTool(component, name, below(at, alias, i), finder);
      const twice = found && tools.some(({ document }) => document.name === name);
      if (twice) reportTwice(name, below(at, alias, i), finder);
      if (found === undefined || twice) sound = false;
      else tools.push(found);
    }
  }
  return sound ? tools : undefined;
}

function resolveTool(
  component: ComponentOf<"toolsets">,
  name: string,
  at: At,
  finder: Finder,
): ResolvedTool | undefined {
  const { tools = {}, mcp } = component.document ?? {};
  const own = Object.hasOwn(tools, name) ? tools[name] : undefined;
  const served = mcp && Object.hasOwn(mcp.tools, name) ? mcp.tools[name] : undefined;
  if (own) return ownTool(component, name, own, at, finder);
  if (mcp && served) return servedTool(component, name, served);
  const known = Object.keys(mcp?.tools ?? tools);
  const near = nearest(name, known);
  finder.report.add(
    {
      code: "ESP852",
      message: `the toolset "${component.alias}" declares no tool "${name}"`,
      hint: near ? `Did you mean "${near}"?` : `It declares ${known.join(", ") || "none"}.`,
    },
    at.source.placeOf(at.path),
  );
  return undefined;
}

function ownTool(
  { alias }: ComponentOf<"toolsets">,
  name: string,
  tool: ToolEntry,
  at: At,
  finder: Finder,
): ResolvedTool | undefined {
  const entry = componentPath("toolsets", alias, tool.handler);
  const contract = finder.bundle.componentHandlers.get(entry);
  // A handler that does not compile was reported when the bundle was loaded.
  if (contract === undefined) return undefined;
  if (!isObjectSchema(contract.input)) {
    finder.report.add(
      {
        code: "ESP856",
        message: `the input of the tool "${name}" is no contract of an object`,
        hint: "Models call tools with named arguments: let the handler's input be z.object({ … }).",
      },
      at.source.placeOf(at.path),
    );
    return undefined;
  }
  const { timeout, memory, effect, permissions } = tool;
  const functionName = `${alias}-${name}`;
  return {
    document: {
      ...documentOf(name, tool, contract.input, functionName, null),
      output: contract.output,
    },
    function: {
      kind: "tool",
      name: functionName,
      tool: name,
      entry,
      timeout,
      memory,
      effect,
      permissions,
    },
  };
}

/** A server's tools share one function: what may reach the server is one thing. */
function servedTool(
  { alias, document }: ComponentOf<"toolsets">,
  name: string,
  tool: McpToolEntry,
): ResolvedTool | undefined {
  const mcp = document?.mcp;
  if (!mcp) return undefined;
  const { server } = mcp;
  const functionName = `${alias}-mcp`;
  const entries = Object.entries(mcp.tools);
  const mcpDocument: McpDocument = {
    toolset: alias,
    server:
      "command" in server
        ? server
        : { url: server.url, ...(server.apiKey && { apiKey: server.apiKey }) },
    tools: Object.fromEntries(
      entries.map(([key, { description, input, digest }]) => [key, { description, input, digest }]),
    ),
  };
  return {
    document: documentOf(name, tool, tool.input, functionName, { tool: name, digest: tool.digest }),
    function: {
      kind: "mcp",
      name: functionName,
      timeout: Math.max(...entries.map(([, { timeout }]) => timeout)),
      effect: strongest(entries.map(([, { effect }]) => effect)),
      document: mcpDocument,
    },
  };
}

function documentOf(
  name: string,
  tool: ToolEntry | McpToolEntry,
  input: JsonObject,
  functionName: string,
  mcp: ToolDocument["mcp"],
): ToolDocument {
  return {
    name,
    description: tool.description,
    input,
    effect: tool.effect,
    function: functionName,
    mcp,
    timeout: tool.timeout,
    rate: tool.rate ?? null,
    idempotent: tool.idempotent,
    redact: tool.redact,
  };
}

const STRENGTH: readonly Effect[] = ["none", "read", "write", "send", "delete"];

function strongest(effects: readonly Effect[]): Effect {
  const most = Math.max(0, ...effects.map((effect) => STRENGTH.indexOf(effect)));
  return STRENGTH[most] ?? "none";
}

function reportTwice(name: string, at: At, { report }: Finder): void {
  report.add(
    {
      code: "ESP863",
      message: `the agent has a tool "${name}" already`,
      hint: "Models call tools by their names alone: allow it once, or rename it in one of the toolsets.",
    },
    at.source.placeOf(at.path),
  );
}
