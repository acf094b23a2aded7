/** An agent at work, deployed: its turns, its tools, and the person that it waits for. */
import * as z from "zod";
import investigator from "../../bundles/license-review/agents/investigator.stand-in.ts";
import type { ModelReply } from "../../lib/runtime/model/model.ts";
import { standInModel } from "../../lib/runtime/model/stand-in.ts";
import settle from "./bundles/refund/agents/settle.stand-in.ts";
import { type Asked, USAGE } from "./converse.ts";
import { awaitRecord, documentOf, sha256 } from "./runs.ts";
import type { Place } from "./scenario.ts";
import { until } from "./until.ts";
import { AGENT_FIXTURE } from "./workspace.ts";

const CLERK = "clerk@example.com";
const CLERK_MODEL = "eu.example.clerk-v1";
const REASON = "Half of it was broken.";
const CALL = { order: "R-1", cents: 500, why: "half of it was broken" };

/** Asked under the id of its model, each agent's stand-in answers. */
export function replyOf(asked: Asked): Promise<ModelReply> {
  const model = standInModel(asked.modelId === CLERK_MODEL ? settle : investigator);
  return model.converse(asked, { signal: new AbortController().signal });
}

const OpenApproval = z.object({
  id: z.string(),
  run: z.object({ id: z.string(), workflow: z.string() }),
  evidence: z.unknown(),
});
const Evidence = z.looseObject({
  proposal: z.unknown(),
  agent: z.looseObject({
    agent: z.string(),
    tool: z.string(),
    reasons: z.string(),
    effect: z.string(),
  }),
});

export async function runAgent(place: Place): Promise<void> {
  const { workspace, aws, bedrock, report, bus } = place;
  report.step("an agent reads, and asks a person before it writes");
  const input = { order: "R-1", complaint: "Half of it was broken when it came." };
  await aws.putEvent(bus, "com.example.shop", "ComplaintReceived", input);
  const Found = z.object({ approvals: z.array(OpenApproval) });
  const open = await until("the approval of the tool call", async () =>
    documentOf(await workspace.espalier("approvals"), Found).approvals.find(
      ({ run }) => run.workflow === AGENT_FIXTURE,
    ),
  );
  const { agent, proposal } = Evidence.parse(open.evidence);
  report.equal(
    "the person is shown the exact call, and why",
    [agent.agent, agent.tool, agent.effect, proposal, agent.reasons],
    ["settle", "pay_back", "write", CALL, REASON],
  );
  report.equal("two turns so far", bedrock.asked.length, 2);
  report.equal("nothing is paid before", (await payments(place)).length, 0);
  const asked = bedrock.asked[0];
  report.equal("Bedrock is asked for the model's id", asked?.modelId, CLERK_MODEL);
  report.equal("under the guardrail", asked?.guardrailConfig, {
    guardrailIdentifier: "gr4example1",
    guardrailVersion: "1",
    trace: "enabled",
  });
  report.equal(
    "with the tools that the agent is allowed, and those of the loop",
    asked?.toolConfig?.tools.map(({ toolSpec }) => toolSpec?.name).sort(),
    ["pay_back", "read_order", "read_result", "submit"],
  );

  const { code, stdout, stderr } = await workspace.espalier(
    ...["decide", open.id, "--approve", "--as", CLERK],
  );
  report.check("espalier decide approves the call", code === 0, stdout + stderr);
  const record = await awaitRecord(
    workspace,
    "the end of the agent's run",
    ({ id, status }) => id === open.run.id && status !== "RUNNING",
  );
  report.equal("the run succeeds", record.status, "SUCCEEDED");
  const Shown = z.object({ run: z.looseObject({ output: z.unknown() }) });
  const { run } = documentOf(await workspace.espalier("show", open.run.id), Shown);
  report.equal("with what the agent has submitted", run.output, { booked: "R-1: 500 cents" });
  const paid = await payments(place);
  report.equal("it was paid once", paid.length, 1);
  report.check("that order, and that sum", paid[0]?.startsWith("R-1: 500 cents") === true, paid);
  report.equal("three turns in all", bedrock.asked.length, 3);
  await checkItems(place);
  await checkKept(place, open.run.id);
}

/** What is kept of the run says what its agent did, and what that has taken. */
async function checkKept({ workspace, aws, runsBucket, report }: Place, id: string): Promise<void> {
  const folder = `runs/${id}/`;
  const main = await until("the run's snapshot", () => aws.object(runsBucket, `${folder}run.json`));
  const used = {
    ...{ calls: 3, toolCalls: 2, inputTokens: 3 * USAGE.inputTokens },
    outputTokens: 3 * USAGE.outputTokens,
    costs: { USD: 3 * (USAGE.inputTokens + 5 * USAGE.outputTokens) },
    answeredBy: [{ adapter: "bedrock", model: CLERK_MODEL }],
  };
  const Kept = z.object({ run: z.looseObject({ usage: z.unknown().optional() }) });
  report.equal(
    "run.json names what the models took",
    Kept.parse(JSON.parse(main.toString())).run.usage,
    used,
  );
  const Listed = z.object({
    runs: z.array(z.looseObject({ id: z.string(), usage: z.unknown().optional() })),
  });
  const record = await until("what the run has used, in its record", async () =>
    documentOf(await workspace.espalier("runs"), Listed).runs.find(
      (run) => run.id === id && run.usage !== undefined,
    ),
  );
  report.equal("and so does its record", record.usage, used);
  const file = async (name: string) =>
    JSON.parse((await aws.object(runsBucket, `${folder}${name}`))?.toString() ?? "null");
  const Journals = z.object({
    steps: z.array(
      z.object({ step: z.string(), entries: z.array(z.object({ kind: z.string() })) }),
    ),
  });
  const { steps } = Journals.parse(await file("journals.json"));
  report.equal(
    "journals.json has the agent's journal to its end",
    steps.map(({ step, entries }) => [step, entries.at(-1)?.kind]),
    [["settled", "done"]],
  );
  const names = [...JSON.stringify(await file("trace.json")).matchAll(/"name":"([^"]+)"/g)].map(
    ([, name]) => name,
  );
  const expected = [
    ...["invoke_workflow refund", "invoke_agent settle", `chat ${CLERK_MODEL}`],
    ...["execute_tool read_order", "execute_tool pay_back"],
  ];
  report.check(
    "trace.json has the spans of the run, its agent, its models and its tools",
    expected.every((name) => names.includes(name)),
    names,
  );
}

/** The tool stores one artifact for each payment that it makes. */
async function payments({ aws, runsBucket }: Place): Promise<readonly string[]> {
  const found: string[] = [];
  for (const key of await aws.objectKeys(runsBucket, "artifacts/")) {
    const body = await aws.object(runsBucket, key);
    if (body && /^R-1: \d+ cents, paid/.test(body.toString())) {
      if (sha256(body) !== `sha256:${key.slice("artifacts/".length)}`) throw new Error(key);
      found.push(body.toString());
    }
  }
  return found;
}

const Item = z.object({
  pk: z.object({ S: z.string() }),
  sk: z.object({ S: z.string() }),
  data: z.unknown(),
});

/** What stands in the table: the journal of the agent, the effect of the tool, the budget of the run. */
async function checkItems({ aws, table, report }: Place): Promise<void> {
  const Items = z.object({ Items: z.array(Item) });
  const { Items: items } = await aws.call("dynamodb", "Scan", { TableName: table }, Items);
  const of = (prefix: string) => items.filter(({ pk }) => pk.S.startsWith(prefix));
  const journal = of("journal#").sort((a, b) => (a.sk.S < b.sk.S ? -1 : 1));
  report.equal(
    "the journal has what happened, in order",
    journal.map(({ data }) => /kind\W+(?:S\W+)?(\w+)/.exec(JSON.stringify(data))?.[1]),
    [
      ...["started", "model", "tool", "model", "asked"],
      ...["entered", "decision", "tool", "model", "done"],
    ],
  );
  const effects = of("effect#").filter(({ data }) => JSON.stringify(data).includes("payment"));
  report.equal("one effect is recorded of the payment", effects.length, 1);
  const budgets = of("budget#");
  report.equal("one budget is kept", budgets.length, 1);
  const text = JSON.stringify(budgets[0]?.data);
  report.check(
    "it counts the tokens of three turns",
    text.includes(String(3 * USAGE.inputTokens)) && text.includes(String(3 * USAGE.outputTokens)),
    text,
  );
}
