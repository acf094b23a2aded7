/** What functions are made of steps that use components. */
import { describe, expect, it } from "vitest";
import type { PlannedFunction } from "../../lib/compiler/plan.ts";
import { ASK, agentWith, MODEL, OWN } from "./agent-bundle.ts";
import { type BundleParts, bundleOf, compileSteps, definitionOf, findingsIn } from "./bundle-of.ts";

describe("functions of steps that use components", () => {
  const functionsOf = (steps: string, parts: BundleParts = {}): readonly PlannedFunction[] => {
    const { plan, diagnostics } = compileSteps(steps, parts);
    expect(diagnostics).toEqual([]);
    return plan?.functions ?? [];
  };

  it.each([
    [
      "a model's id",
      "ids: { bedrock: example.reader-v1 }",
      ["arn:aws:bedrock:*::foundation-model/example.reader-v1"],
    ],
    [
      "an inference profile, and its model in every region",
      "ids: { bedrock: eu.example.reader-v1 }",
      [
        "arn:aws:bedrock:*:*:inference-profile/eu.example.reader-v1",
        "arn:aws:bedrock:*::foundation-model/example.reader-v1",
      ],
    ],
    [
      "exactly what the component says",
      "ids: { bedrock: eu.example.reader-v1 }\nresources: ['arn:aws:bedrock:eu-west-1::foundation-model/x']",
      ["arn:aws:bedrock:eu-west-1::foundation-model/x"],
    ],
  ])("may call %s", (_name, text, resources) => {
    const [one] = functionsOf(ASK, { documents: { "models.reader": `${MODEL}${text}\n` } });
    expect(one?.permissions).toEqual([{ actions: ["bedrock:InvokeModel"], resources }]);
  });

  it("may apply a model's guardrail, and call no model that Bedrock does not have", () => {
    const [one] = functionsOf(ASK);
    expect(one?.permissions.at(-1)).toEqual({
      actions: ["bedrock:ApplyGuardrail"],
      resources: ["arn:aws:bedrock:*:*:guardrail/guard1"],
    });
    const documents = { "models.reader": `${MODEL}ids: { openai: reader }\n` };
    expect(functionsOf(ASK, { documents })[0]?.permissions).toEqual([]);
  });

  it("are one for a tool that several agents share, and one for all tools of a server", () => {
    const functions = functionsOf(
      "- { id: a, agent: agents/asking.yaml, with: { value: 1 } }\n- { id: b, agent: agents/looking.yaml, with: { value: 1 } }\n",
    );
    expect(
      functions.map(({ name, kind, timeout, effect }) => [name, kind, timeout, effect]),
    ).toEqual([
      ["a", "agent", 900, "none"],
      ["b", "agent", 900, "none"],
      ["files-read_file", "tool", 60, "read"],
      ["files-write_file", "tool", 30, "write"],
      ["outside-mcp", "mcp", 20, "read"],
    ]);
    expect(functions.at(3)?.permissions).toEqual([
      { actions: ["s3:PutObject"], resources: ["arn:aws:s3:::example-files/*"] },
    ]);
    const served = functions.at(4);
    expect(served?.kind === "mcp" && served.document).toMatchObject({
      server: { url: "https://tools.example.com/mcp", apiKey: { env: "TOOLS_KEY" } },
      tools: { "look-up": { digest: `sha256:${"1".repeat(64)}` } },
    });
    const [agent] = functions;
    const tools = agent?.kind === "agent" ? agent.document.tools : [];
    expect(tools.map((tool) => [tool.name, tool.function, tool.mcp?.tool, tool.rate])).toEqual([
      ["read_file", "files-read_file", undefined, { calls: 10, seconds: 60 }],
      ["write_file", "files-write_file", undefined, null],
      ["look-up", "outside-mcp", "look-up", null],
    ]);
  });

  it("take as long as the step says, else two calls of its model and some", () => {
    const seconds = (steps: string, text = "") =>
      functionsOf(steps, { documents: { "models.reader": `${MODEL}${text}\n` } })[0]?.timeout;
    expect(seconds(ASK)).toBe(150);
    expect(seconds(ASK, "timeout: 10m")).toBe(900);
    expect(seconds(ASK.replace("with:", "timeout: 20s, with:"))).toBe(20);
  });

  it("answer from a cache, with so many tokens at most", () => {
    const [one] = functionsOf(ASK.replace("with:", "cache: 7d, maxTokens: 99, with:"));
    expect(one?.kind === "model" && one.document).toMatchObject({
      cache: 604_800,
      maxTokens: 99,
      output: null,
      standIn: null,
    });
  });
});

describe("an express workflow", () => {
  const express = (steps: string, parts: BundleParts = {}) =>
    findingsIn(steps, { ...parts, keys: "type: express\n" });

  it("may ask models and look things up, for as long as it may take", () => {
    expect(express(ASK)).toEqual([]);
    expect(express("- { id: a, retrieve: handbook, with: { query: x } }\n")).toEqual([]);
    expect(express(ASK.replace("with:", "timeout: 6m, with:"))).toEqual([
      expect.stringContaining("ESP623 «6m»"),
    ]);
  });

  it("waits for no model that is busy, unless the step says so", () => {
    const { States } = definitionOf(bundleOf(ASK, { keys: "type: express\n" }));
    const { a } = States as unknown as { a: { Retry: { ErrorEquals: string[] }[] } };
    expect(a.Retry.flatMap(({ ErrorEquals }) => ErrorEquals)).toEqual([
      "Lambda.ServiceException",
      "Lambda.AWSLambdaException",
      "Lambda.SdkClientException",
      "Lambda.TooManyRequestsException",
    ]);
  });

  it("has agents only with a limit of time that fits, and with nobody to ask", () => {
    const looking = "- { id: a, agent: agents/looking.yaml, with: { value: 1 } }\n";
    expect(express(looking)).toEqual([
      expect.stringContaining('ESP623 «agents/looking.yaml» "a" may take 10m'),
    ]);
    expect(
      express(
        OWN,
        agentWith((text) => text.replace("10m", "2m")),
      ),
    ).toEqual([expect.stringContaining('ESP621 «agents/own.yaml» "a" may wait for a person')]);
  });
});
