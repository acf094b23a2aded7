/** The steps of a run so far, read from its history on AWS as the approval function does. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { executionTimeline } from "../../lib/aws/execution-timeline.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { S3Objects } from "../../lib/aws/s3-objects.ts";
import { compile } from "../../lib/compiler/index.ts";
import { Engine, type TaskCall } from "../../lib/engine/index.ts";
import { readHistory } from "../../lib/local/runtime/engine-calls.ts";
import { endedSteps } from "../../lib/runtime/approval/steps-so-far.ts";
import type { ApprovalCall } from "../../lib/runtime/call.ts";
import { runEvent } from "../../lib/runtime/run-event.ts";
import { timeline } from "../../lib/runtime/timeline.ts";
import { bundleOf, TODAY } from "../compiler/bundle-of.ts";
import {
  type Fault,
  type FaultyProxy,
  jsonError,
  type ProxiedRequest,
  startProxy,
} from "./faulty-proxy.ts";
import { type S3Server, startS3 } from "./s3-server.ts";
import { serveStepFunctions } from "./token-world.ts";

const DIGEST = `sha256:${"d".repeat(64)}`;
const STEPS = `
- id: total
  set: "{% $input.amount * 2 %}"
- id: parts
  map: "{% [1, 2] %}"
  as: part
  steps:
    - id: weighed
      task: code/weigh.ts
      with: { part: "{% $part %}", secret: "{% $input.secret %}" }
- id: rounds
  repeat: { max: 3, until: "{% $counted > 1 %}" }
  steps:
    - id: counted
      task: code/count.ts
- id: extra
  if: "{% false %}"
  task: code/extra.ts
- id: review
  approval: approvals/a.yaml
  with: { total: "{% $total %}" }
`;

let engine: Engine;
let api: Awaited<ReturnType<typeof serveStepFunctions>>;
let proxy: FaultyProxy;
let s3: S3Server;
let call: Pick<ApprovalCall, "run" | "step">;
let expected: ReturnType<typeof endedSteps>;

beforeAll(async () => {
  let asked = (_: TaskCall) => {};
  const waits = new Promise<TaskCall>((resolve) => {
    asked = resolve;
  });
  let counted = 0;
  engine = await Engine.open({
    invoke: async (task) => {
      if (task.stateName === "review") asked(task);
      counted += task.stateName === "counted" ? 1 : 0;
      return { ExecutedVersion: "1", StatusCode: 200, Payload: counted };
    },
  });
  const { plan, diagnostics } = compile(bundleOf(STEPS), { today: TODAY });
  if (!plan) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const { stateMachineArn } = await engine.createStateMachine({
    name: "espalier-test-example",
    roleArn: "arn:aws:iam::000000000000:role/test",
    definition: JSON.stringify(plan.definition)
      .replaceAll("${bundle_digest}", DIGEST)
      .replaceAll("${environment}", "test"),
  });
  const { executionArn } = await engine.startExecution({
    stateMachineArn,
    name: "run-1",
    input: JSON.stringify({
      input: { amount: 1, secret: "x".repeat(9000) },
      run: { principal: "ada@example.com", customer: null },
      config: {},
    }),
  });
  ({ Payload: call } = (await waits).arguments as unknown as { Payload: ApprovalCall });
  const history = await readHistory(engine, executionArn);
  expected = endedSteps(timeline(history.map(runEvent), plan.steps));
  api = await serveStepFunctions(engine);
  [proxy, s3] = await Promise.all([startProxy(api.url), startS3()]);
  s3.objects.set(`bundles/bundles/${"d".repeat(64)}/plans/${"e".repeat(64)}.json`, {
    body: Buffer.from(JSON.stringify(plan)),
    headers: {},
  });
  for (const [name, value] of Object.entries({
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_SFN: proxy.url,
    AWS_ENDPOINT_URL_S3: s3.url,
  })) {
    vi.stubEnv(name, value);
  }
});
afterEach(() => {
  proxy.fault = () => undefined;
  proxy.seen.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([proxy?.close(), s3?.close(), api?.close()]);
  await engine?.close();
});

function read(change: { readonly run?: string; readonly patience?: number } = {}) {
  const steps = executionTimeline({
    machines: "arn:aws:states:us-east-1:000000000000:stateMachine:",
    bundles: new S3Objects("bundles", lazyS3()),
    client: lazySfn(),
    ...(change.patience !== undefined && { patience: change.patience }),
  });
  return steps({ ...call, run: { ...call.run, id: change.run ?? call.run.id } });
}

/** Each page of a history that goes on without an end. */
const endless = (size: number, { body }: ProxiedRequest): Fault => ({
  body: JSON.stringify({ ...JSON.parse(body.toString()), nextToken: undefined }),
  rewrite: (answer) => {
    const { events } = JSON.parse(answer.body.toString()) as { events: object[] };
    const page = Array.from({ length: size }, () => events[0]);
    return { ...answer, body: JSON.stringify({ events: page, nextToken: "more" }) };
  },
});

describe("the steps of a run so far", () => {
  it("are those that one machine would show", async () => {
    expect(await read()).toEqual(expected);
    expect(expected.map(({ step, outcome }) => [step, outcome])).toEqual([
      ["total", "succeeded"],
      ["parts", "succeeded"],
      ["weighed [0]", "succeeded"],
      ["weighed [1]", "succeeded"],
      ["rounds", "succeeded"],
      ["counted [0]", "succeeded"],
      ["counted [1]", "succeeded"],
    ]);
  });

  it("are read again as long as the history does not show who asks", async () => {
    let looks = 0;
    proxy.fault = ({ operation }) =>
      operation === "GetExecutionHistory" && looks++ === 0
        ? {
            rewrite: (answer) => {
              const { events } = JSON.parse(answer.body.toString()) as { events: object[] };
              return { ...answer, body: JSON.stringify({ events: events.slice(0, -6) }) };
            },
          }
        : undefined;
    expect(await read()).toEqual(expected);
    expect(looks).toBe(2);
  });

  it("read the plan of a bundle once", async () => {
    s3.log.length = 0;
    const steps = executionTimeline({
      machines: "arn:aws:states:us-east-1:000000000000:stateMachine:",
      bundles: new S3Objects("bundles", lazyS3()),
      client: lazySfn(),
    });
    await steps(call);
    const before = s3.log.length;
    await steps(call);
    expect(s3.log).toHaveLength(before);
  });

  it.each<[string, Parameters<typeof read>[0], FaultyProxy["fault"], string]>([
    ["is unknown", { run: "run-2" }, () => undefined, "does not exist"],
    [
      "may not be read",
      {},
      () => ({ answer: jsonError("AccessDeniedException", "not authorized") }),
      "not authorized",
    ],
    [
      "is too long",
      { patience: 60_000 },
      (request) => endless(1000, request),
      "more than 10000 events",
    ],
    ["takes too long", { patience: 60 }, (request) => endless(1, request), "not read within 60 ms"],
  ])("are not told where the history %s", async (_, change, fault, message) => {
    proxy.fault = fault;
    await expect(read(change)).rejects.toThrow(new RegExp(message, "i"));
    // It goes on asking for pages only until that is found.
    expect(proxy.seen.length).toBeLessThan(5000);
  });
});
