/** What is deployed of models, agents, tools, knowledge and memory. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import type { PlannedFunction } from "../../lib/compiler/plan.ts";
import { type PreparedBundle, prepareBundle } from "../../lib/constructs/index.ts";
import { functionPackage } from "../../lib/constructs/workflow/function-package.ts";
import { modelParts } from "../../lib/constructs/workflow/model-parts.ts";
import { VARIABLES } from "../../lib/runtime/deployed.ts";
import type { ModelSettings } from "../../lib/runtime/model/model.ts";
import { HANDLERS, propertiesOf, REFUND, synthesize } from "./synthesize.ts";

const SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:models-key-Ab12Cd";
const OPENAI: ModelSettings = {
  adapter: "openai",
  endpoint: "https://models.example.com/v1",
  apiKey: { secret: SECRET },
};

let bundle: PreparedBundle;
let standard: Template;

beforeAll(async () => {
  bundle = await prepareBundle(REFUND);
  standard = synthesize(bundle).workflow;
});

type PlannedAgent = Extract<PlannedFunction, { kind: "agent" }>;

function agentOf({ plan }: PreparedBundle): PlannedAgent {
  const agent = plan.functions.find(({ kind }) => kind === "agent");
  if (agent?.kind !== "agent") throw new Error("The fixture has no agent.");
  return agent;
}

function withFunctions(...functions: readonly PlannedFunction[]): PreparedBundle {
  return { ...bundle, plan: { ...bundle.plan, functions } };
}

function withAgent(change: (agent: PlannedAgent) => Partial<PlannedAgent["document"]>) {
  const agent = agentOf(bundle);
  const document = { ...agent.document, ...change(agent) };
  const others = bundle.plan.functions.filter(({ kind }) => kind !== "agent");
  return withFunctions(...others, { ...agent, document });
}

/** Variables of the function with this description. */
function variablesOf(template: Template, description: string): Record<string, unknown> {
  const found = propertiesOf(template, "AWS::Lambda::Function").find(
    ({ Description }) => Description === description,
  ) as { Environment: { Variables: Record<string, unknown> } } | undefined;
  return found?.Environment.Variables ?? {};
}

/** Every action that the role of a construct may take. */
function actionsOf(template: Template, role: string): string[] {
  return Object.entries(template.findResources("AWS::IAM::Policy"))
    .filter(([id]) => id.includes(role))
    .flatMap(([, { Properties }]) => Properties.PolicyDocument.Statement)
    .flatMap(({ Action }: { Action: string | string[] }) => Action);
}

describe("an agent's function", () => {
  it("knows the versions of its tools' functions, and of no others", () => {
    const tools = JSON.stringify(variablesOf(standard, "refund: settled")[VARIABLES.tools]);
    const versions = Object.keys(standard.findResources("AWS::Lambda::Version"));
    const named = versions.filter((id) => tools.includes(`"Ref":"${id}"`));
    expect(named).toHaveLength(2);
    for (const id of named) expect(id).toMatch(/orders(readorder|payback)/);
    expect(tools).toContain("orders-read_order");
    expect(tools).toContain("orders-pay_back");
  });

  it("gets a new version when the code of a tool changes, so that the old one keeps the old tool", () => {
    const entry = "components/toolsets/orders/pay-back.ts";
    const changed = { js: `${bundle.code.get(entry)?.js}\n// changed`, map: "{}" };
    const code = new Map(bundle.code).set(entry, changed);
    const other = synthesize({ ...bundle, code }).workflow;
    const versionsOf = (template: Template) =>
      Object.keys(template.findResources("AWS::Lambda::Version"));
    const fresh = versionsOf(other).filter((id) => !versionsOf(standard).includes(id));
    expect(fresh).toHaveLength(2);
    expect(fresh.some((id) => id.includes("orderspayback"))).toBe(true);
    expect(fresh.some((id) => id.includes("settled"))).toBe(true);
  });

  it("is told who answers models, and holds no key", () => {
    const variables = variablesOf(
      synthesize(bundle, { models: OPENAI }).workflow,
      "refund: settled",
    );
    expect(JSON.parse(String(variables[VARIABLES.models]))).toEqual(OPENAI);
    expect(variablesOf(standard, "refund: settled")[VARIABLES.models]).toBe(
      '{"adapter":"bedrock"}',
    );
    expect(variablesOf(standard, "refund: booked")).not.toHaveProperty(VARIABLES.models);
  });

  it("of another adapter than Bedrock may not call Bedrock, and reads the one secret", () => {
    const { workflow } = synthesize(bundle, { models: OPENAI });
    expect(actionsOf(workflow, "settled").filter((action) => action.startsWith("bedrock"))).toEqual(
      [],
    );
    workflow.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: SECRET },
        ]),
      },
    });
    expect(actionsOf(standard, "settled")).toContain("bedrock:InvokeModel");
    expect(actionsOf(standard, "settled")).not.toContain("secretsmanager:GetSecretValue");
  });

  it("keeps to the resources that its model component names", () => {
    const exact = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.example.clerk-v1";
    const agent = agentOf(bundle);
    const permissions = [{ actions: ["bedrock:InvokeModel"], resources: [exact] }];
    const others = bundle.plan.functions.filter(({ kind }) => kind !== "agent");
    const { workflow } = synthesize(withFunctions(...others, { ...agent, permissions }));
    workflow.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          { Effect: "Allow", Action: "bedrock:InvokeModel", Resource: exact },
        ]),
      },
    });
  });
});

describe("the machine", () => {
  it("may invoke steps, and none of the tools", () => {
    const policy = Object.entries(standard.findResources("AWS::IAM::Policy")).find(([id]) =>
      id.includes("Machine"),
    );
    const text = JSON.stringify(policy);
    expect(text).toContain("Stepssettled");
    expect(text).toContain("Stepsbooked");
    expect(text).not.toContain("Stepsorders");
  });

  it("asks the approvers of its environment before a tool is called", () => {
    const { workflow } = synthesize(bundle, { approvers: { refund: ["desk@example.com"] } });
    const machine = JSON.stringify(workflow.findResources("AWS::StepFunctions::StateMachine"));
    expect(machine).toContain("desk@example.com");
    expect(machine).not.toContain("clerk@example.com");
  });
});

describe("a package", () => {
  const filesOf = (planned: PlannedFunction, models: ModelSettings = { adapter: "bedrock" }) => {
    const asks = planned.kind === "agent" || planned.kind === "model";
    const parts = asks ? modelParts("step", planned.document, models) : undefined;
    const files = functionPackage(planned, bundle, HANDLERS, parts);
    const names = [...files.keys()].filter((path) => !path.startsWith("chunks/"));
    return { names: names.sort(), index: String(files.get("index.mjs")) };
  };

  it.each<[string, ModelSettings, readonly string[], string]>([
    [
      "Bedrock's client, where Bedrock answers",
      { adapter: "bedrock" },
      ["bedrock.mjs"],
      "agentHandler({ bedrock })",
    ],
    [
      "the reader of secrets, where a key is one",
      OPENAI,
      ["secrets.mjs"],
      "agentHandler({ secret })",
    ],
    [
      "neither, where no key is needed",
      { adapter: "openai", endpoint: "https://models.example.com/v1" },
      [],
      "agentHandler({})",
    ],
    [
      "the stand-in, only where it answers",
      { adapter: "stand-in" },
      ["stand-in.mjs"],
      "agentHandler({ standIn })",
    ],
  ])("of an agent holds %s", (_what, models, expected, made) => {
    const { names, index } = filesOf(agentOf(bundle), models);
    expect(names).toEqual([...expected, "document.json", "host.mjs", "index.mjs"].sort());
    expect(index).toContain(made);
  });

  it("of a tool holds its own code, and nobody else's", () => {
    const tool = bundle.plan.functions.find(({ name }) => name === "orders-pay_back");
    if (!tool) throw new Error("The fixture has no such tool.");
    const { names, index } = filesOf(tool);
    expect(names).toEqual(["host.mjs", "index.mjs", "step.mjs"]);
    expect(index).toContain("toolHandler(step)");
  });
});

const BASE = { timeout: 30, memory: 512, permissions: [], step: "one" } as const;
const memory = (operation: "read" | "write"): PlannedFunction => ({
  ...{ ...BASE, name: "one", kind: "memory", effect: operation },
  document: {
    ...{ memory: "notes", version: "1.0.0", scope: "workflow", retention: 60, maxBytes: 100 },
    ...{ readers: [], writers: [], operation },
  },
});
const MCP = { toolset: "outside", tools: {} };

describe("the other kinds", () => {
  it.each<[string, PlannedFunction, readonly string[]]>([
    ["a memory that is read", memory("read"), ["dynamodb:GetItem"]],
    ["a memory that is written", memory("write"), ["dynamodb:GetItem", "dynamodb:PutItem"]],
    [
      "an MCP server with a key",
      {
        ...{ ...BASE, name: "one", kind: "mcp", effect: "write" },
        document: { ...MCP, server: { url: "https://x.example.com", apiKey: { secret: SECRET } } },
      },
      [
        ...["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"],
        "secretsmanager:GetSecretValue",
      ],
    ],
    [
      "an MCP server that only reads",
      {
        ...{ ...BASE, name: "one", kind: "mcp", effect: "read" },
        document: { ...MCP, server: { url: "https://x.example.com" } },
      },
      [],
    ],
    [
      "a prompt",
      {
        ...{ ...BASE, name: "one", kind: "prompt", effect: "none" },
        document: {
          prompt: { source: "a.md", digest: "sha256:0", inputs: {}, parts: [] } as never,
          input: true,
        },
      },
      [],
    ],
  ])("%s may do what it needs, beside artifacts", (_what, planned, expected) => {
    const { workflow } = synthesize(withFunctions(planned));
    const actions = actionsOf(workflow, "Stepsone").filter((action) => !action.startsWith("s3:"));
    expect(actions.sort()).toEqual(expected);
  });
});

describe("what could not work where it is deployed", () => {
  const stdio: PlannedFunction = {
    ...{ ...BASE, name: "one", kind: "mcp", effect: "read" },
    document: { ...MCP, server: { command: "tools", args: [] } },
  };
  const keyed: PlannedFunction = {
    ...{ ...BASE, name: "one", kind: "mcp", effect: "read" },
    document: { ...MCP, server: { url: "https://x.example.com", apiKey: { env: "TOOLS_KEY" } } },
  };
  it.each<[string, () => unknown, RegExp]>([
    [
      "recordings",
      () => synthesize(bundle, { models: { adapter: "recording", recordings: "x" } }),
      /refund: settled: recordings answer models on one machine only/,
    ],
    [
      "a model's key in a variable",
      () => synthesize(bundle, { models: { ...OPENAI, apiKey: { env: "KEY" } } }),
      /refund: settled: its key is in the variable KEY/,
    ],
    [
      "a model without an id for the adapter",
      () => synthesize(withAgent(({ document }) => ({ model: { ...document.model, ids: {} } }))),
      /refund: settled: the model clerk has no id for bedrock/,
    ],
    [
      "a stand-in that is not there",
      () =>
        synthesize(
          withAgent(() => ({ standIn: null })),
          { models: { adapter: "stand-in" } },
        ),
      /refund: settled: .* names none/,
    ],
    [
      "an MCP server that is a process",
      () => synthesize(withFunctions(stdio)),
      /refund: one: its MCP server "tools" is a process/,
    ],
    [
      "the key of an MCP server in a variable",
      () => synthesize(withFunctions(keyed)),
      /refund: one: its key is in the variable TOOLS_KEY/,
    ],
    [
      "more tools than variables can name",
      () => {
        const agent = agentOf(bundle);
        const [tool] = bundle.plan.functions.filter(({ kind }) => kind === "tool");
        const [known] = agent.document.tools;
        if (!tool || !known) throw new Error("The fixture has no tool.");
        const names = Array.from({ length: 21 }, (_, index) => `orders-tool${index}`);
        const tools = names.map((name) => ({ ...known, name, function: name }));
        const functions = names.map((name) => ({ ...tool, name }));
        return synthesize(
          withFunctions(...functions, { ...agent, document: { ...agent.document, tools } }),
        );
      },
      /its tools are 21 functions; 20 can be deployed/,
    ],
  ])("is refused when it is synthesized: %s", (_what, make, message) => {
    expect(make).toThrow(message);
  });
});
