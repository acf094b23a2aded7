/** A bundle that uses models, an agent with tools, knowledge, a memory and prompts, on one machine. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { checkBundle } from "../../lib/cli/bundles/compile-bundle.ts";
import type { LocalRuntime } from "../../lib/local/runtime/local-runtime.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { mcpContractDigest } from "../../lib/runtime/mcp/mcp-contract.ts";
import type { ContentBlock } from "../../lib/runtime/model/model.ts";
import { chatBody, type OpenAiServer, startOpenAi } from "../runtime/model/openai-server.ts";
import { DESK, writeDesk } from "./desk-project.ts";
import { dataFolder, ended, openRuntime, until, waiting } from "./runtime-world.ts";

interface Desk {
  readonly folder: string;
  readonly log: string;
  open(options?: Parameters<typeof openRuntime>[1]): Promise<LocalRuntime>;
  start(runtime: LocalRuntime, work?: { slow?: number; file?: boolean }): Promise<string>;
  lines(): Promise<string[]>;
}

async function makeDesk(changed: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const folder = await dataFolder();
  await writeDesk(folder, changed);
  const log = join(folder, "log");
  return {
    folder,
    log,
    async open(options) {
      const runtime = await openRuntime(join(folder, "data"), options);
      const { deployment, diagnostics } = await checkBundle(join(folder, "bundles/desk"), folder);
      expect(diagnostics).toEqual([]);
      if (deployment) await runtime.deploy(deployment);
      return runtime;
    },
    async start(runtime, { slow = 0, file = false } = {}) {
      const input = { question: "What is a greeting?", work: { log, slow, file } };
      const { id } = await runtime.startRun({ workflow: "desk", input, principal: "ann" });
      return id;
    },
    async lines() {
      return existsSync(log) ? (await readFile(log, "utf8")).trim().split("\n") : [];
    },
  };
}

describe("a bundle with models and agents on one machine", () => {
  it("runs on its stand-ins: knowledge, model, agent with tools, memory, prompt", async () => {
    const desk = await makeDesk();
    const runtime = await desk.open();
    const run = await until(runtime, await desk.start(runtime), ended);
    expect(run.error).toBeNull();
    expect(run.output).toMatchObject({
      answer: { text: "It says hello twice." },
      kind: { kind: "question" },
      source: "documents/greetings.md",
      kept: "It says hello twice.",
      letter: { mediaType: "application/json" },
    });
    expect((await desk.lines()).sort()).toEqual(["read a.txt", "read b.txt", "turn 0", "turn 1"]);
  });

  it("asks a person in the middle of an agent, and makes the approved call once", async () => {
    const desk = await makeDesk();
    const runtime = await desk.open();
    const id = await desk.start(runtime, { file: true });
    const { waitingFor } = await until(runtime, id, waiting);
    expect(await desk.lines()).not.toContain("note filed");
    const { evidence } = await runtime.approval(waitingFor[0] ?? "");
    const shown = JSON.stringify(evidence);
    for (const part of ['"tool":"file_note"', '"text":"filed"', "The note is needed."]) {
      expect(shown).toContain(part);
    }
    await runtime.decide(waitingFor[0] ?? "", { verdict: "approved", by: "ada@example.com" });
    const run = await until(runtime, id, ended);
    expect(run.status).toBe("SUCCEEDED");
    expect((await desk.lines()).filter((line) => line.startsWith("note"))).toEqual(["note filed"]);
  });

  it("goes on in the middle of an agent when the runtime is opened again", async () => {
    const desk = await makeDesk();
    const first = await desk.open();
    const id = await desk.start(first, { slow: 60_000 });
    // The second turn hangs; the first one's tools have done their work.
    while (!(await desk.lines()).includes("turn 1")) await new Promise((go) => setTimeout(go, 20));
    await first.close();
    const second = await desk.open();
    const run = await until(second, id, ended);
    expect(run.output).toMatchObject({ answer: { text: "It says hello twice." } });
    const lines = (await desk.lines()).sort();
    expect(lines).toEqual(["read a.txt", "read b.txt", "turn 0", "turn 1", "turn 1"]);
  });
});

describe("a tool of an MCP server that is a process", () => {
  const input = {
    type: "object",
    properties: { path: { type: "string" } },
    required: ["path"],
  };
  const name = "read_file";
  const description = "Reads a file of the package.";
  const mcp = {
    server: {
      command: process.execPath,
      args: [join(import.meta.dirname, "../runtime/mcp/stdio-server.mjs"), "answer"],
    },
    tools: {
      [name]: {
        ...{ description, input, effect: "read", timeout: "30s" },
        digest: mcpContractDigest({ name, description, input }),
      },
    },
  };
  const clerk = DESK["bundles/desk/agents/clerk.yaml"] ?? "";

  it("is called in a worker of its own, and what it answers goes to the model", async () => {
    const desk = await makeDesk({
      "bundles/components/toolsets/files/toolset.yaml": JSON.stringify({ mcp }),
      "bundles/desk/agents/clerk.yaml": clerk
        .replace("[read_file, file_note]", "[read_file]")
        .replace(/^approve: .*\n/m, ""),
      "bundles/desk/agents/clerk.stand-in.ts": `import { standIn } from "espalier";
export default standIn((_request, { turn, messages }) => turn === 0
  ? { toolUse: [{ name: "read_file", input: { path: "a.txt" } }] }
  : { json: { text: JSON.stringify(messages.at(-1)) } });
`,
    });
    const runtime = await desk.open();
    const run = await until(runtime, await desk.start(runtime), ended);
    expect(run.error).toBeNull();
    expect(JSON.stringify(run.output)).toContain("a.txt");
    const { steps } = await runtime.journals(run.id);
    const agent = steps.find(({ kind }) => kind === "agent");
    const entries = agent?.kind === "agent" ? agent.entries : [];
    expect(entries.find((entry) => entry.kind === "tool")).toMatchObject({
      tool: "read_file",
      result: { status: "success" },
    });
  });
});

describe("keys of a model's service", () => {
  it("reach the functions that ask models, and no step and no tool", async () => {
    process.env.DESK_KEY = "secret-of-the-desk";
    onTestFinished(() => {
      delete process.env.DESK_KEY;
    });
    const server = await startOpenAi();
    onTestFinished(() => server.close());
    Object.defineProperty(server, "answer", {
      get: () => ({ body: chatBody({ content: [answerTo(server)], stopReason: "tool_use" }) }),
    });
    const desk = await makeDesk();
    const settings = {
      adapter: "openai",
      endpoint: server.url,
      apiKey: { env: "DESK_KEY" },
    } as const;
    const runtime = await desk.open({ models: { settings } });
    const run = await until(runtime, await desk.start(runtime), ended);
    const sent = server.requests.map(({ headers }) => headers.authorization);
    expect(new Set(sent)).toEqual(new Set(["Bearer secret-of-the-desk"]));
    // What the tool has seen of keys, as the model was told.
    const { answer } = run.output as { answer: { text: string } };
    expect(JSON.parse(answer.text)).toEqual({ result: { text: "hello", keys: [] } });
  });
});

const ChatRequest = z.object({
  messages: z.array(z.object({ role: z.string(), content: z.string().nullable() })),
  tools: z.array(z.object({ function: z.object({ name: z.string() }) })),
});

/** Calls the only tool that it is made to call; as the clerk, reads a file and submits what it got. */
function answerTo({ requests }: Pick<OpenAiServer, "requests">): ContentBlock {
  const { messages, tools } = ChatRequest.parse(requests.at(-1)?.body);
  const use = (name: string, input: Json) => ({ toolUse: { toolUseId: "call_1", name, input } });
  const names = tools.map((tool) => tool.function.name);
  if (!names.includes("submit")) return use(names[0] ?? "", { kind: "question" });
  const result = messages.find(({ role }) => role === "tool")?.content;
  if (result) return use("submit", { text: result });
  return use("read_file", { name: "a.txt", log: "/dev/null" });
}
