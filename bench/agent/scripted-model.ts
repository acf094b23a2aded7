/** One script of ten tool calls and an artifact, behind each of the clients that reach it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Model, ModelRequest } from "../../lib/runtime/model/model.ts";
import { openAiModel } from "../../lib/runtime/model/openai.ts";
import { type StandInAnswer, standIn, standInModel } from "../../lib/runtime/model/stand-in.ts";
import {
  ARTIFACT,
  argumentsAt,
  beforeLastAnswer,
  TOOL,
  TOOL_CALLS,
} from "../peers/agent-harness.mjs";

/**
 * `function`: the port itself, implemented by a function that does nothing else. `stand-in`: the kit's
 * adapter of that name. `http`: the adapter for OpenAI-compatible servers, and such a server on this
 * machine that answers at once.
 */
export const CLIENTS = ["function", "stand-in", "http"] as const;
export type Client = (typeof CLIENTS)[number];

/** The model, and how to be done with it. `toolCalls`: of one run, default ten. */
export async function openScriptedModel(
  client: Client,
  toolCalls: number = TOOL_CALLS,
): Promise<{ readonly model: Model; close(): void }> {
  switch (client) {
    case "function":
      return { model: plainModel(toolCalls), close: () => undefined };
    case "stand-in":
      return { model: standInModel(script(toolCalls)), close: () => undefined };
    case "http":
      return httpModel();
    default:
      return client satisfies never;
  }
}

const USAGE = {
  inputTokens: 100,
  outputTokens: 20,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};

function plainModel(toolCalls: number): Model {
  return {
    async converse(request) {
      const turn = turnOf(request);
      const base = {
        usage: USAGE,
        latencyMs: 0,
        answeredBy: { adapter: "stand-in", model: "function" },
      } as const;
      if (turn < toolCalls) {
        const toolUse = { toolUseId: `call_${turn}`, name: TOOL, input: argumentsAt(turn) };
        return { ...base, content: [{ toolUse }], stopReason: "tool_use" };
      }
      await beforeLastAnswer();
      return { ...base, content: [{ text: JSON.stringify(ARTIFACT) }], stopReason: "end_turn" };
    },
  };
}

function script(toolCalls: number) {
  return standIn(async (_request, { turn }): Promise<StandInAnswer> => {
    if (turn < toolCalls) return { toolUse: [{ name: TOOL, input: argumentsAt(turn) }] };
    await beforeLastAnswer();
    return { json: ARTIFACT };
  });
}

/** Turns before this one: an answer of the model each. */
function turnOf({ messages }: ModelRequest): number {
  let turns = 0;
  for (const { role } of messages) if (role === "assistant") turns += 1;
  return turns;
}

async function httpModel() {
  const file = fileURLToPath(new URL("chat-server.mjs", import.meta.url));
  const server = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "inherit"] });
  const [port] = await once(server.stdout, "data");
  return {
    model: openAiModel({ endpoint: `http://127.0.0.1:${Number(port)}/v1` }),
    close: () => void server.kill(),
  };
}
