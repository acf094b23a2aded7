/** A bundle from event to snapshot, through the deployed functions and `Control`. */
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Approval } from "../../lib/runtime/approval/approval.ts";
import type { Control, RunEvent } from "../../lib/runtime/control.ts";
import { context, type DeployedWorld, deployHello } from "./deployed-world.ts";

let world: DeployedWorld;
let control: Control;

beforeAll(async () => {
  world = await deployHello();
  // After the modules were loaded anew, so that errors are of the same classes.
  const { openAwsControl } = await import("../../lib/aws/control/aws-control.ts");
  control = await openAwsControl({ environment: "test", region: "us-east-1" });
});
afterAll(async () => {
  await control?.close();
  await world?.close();
});
beforeEach(() => {
  world.services.messages.length = 0;
});

/** The approval that the run asks for, once it does. */
const openApprovalOf = (run: string) => approvalOf(run, { status: "open" });

async function approvalOf(run: string, filter: { status?: "open" } = {}): Promise<Approval> {
  for (;;) {
    const [approval] = await control.approvals({ run, ...filter });
    if (approval) return approval;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const event = (name: unknown, id = "event-1") => ({
  trigger: 0,
  event: {
    id,
    source: "com.example",
    "detail-type": "Hello",
    account: "000000000000",
    time: "2026-11-21T09:00:00Z",
    region: "us-east-1",
    resources: [],
    detail: { name },
  },
});

async function* pieces(body: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += 1_000_000) yield body.subarray(at, at + 1_000_000);
}

function fileOf(run: string, name: string): Buffer {
  const found = world.s3.objects.get(`runs/runs/${run}/${name}`);
  if (!found) throw new Error(`There is no ${name}.`);
  return found.body;
}

function arnOf(run: string): string {
  return `arn:aws:states:us-east-1:000000000000:execution:espalier-test-hello:${run}`;
}

const endOf = (run: string) => world.engine.waitForEnd(arnOf(run));

async function eventsOf(run: string): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of control.history(run)) events.push(event);
  return events;
}

describe("a deployed workflow", () => {
  it("runs from an event to the approval, and on to its snapshot", async () => {
    const started = (await world.intake(event("Ada"), context)) as { run: string };
    const approval = await approvalOf(started.run);
    await world.reportRuns(2);

    expect(await control.approvals({ status: "open" })).toEqual([approval]);
    expect(approval).toMatchObject({
      step: "review",
      evidence: {
        more: { text: "Hello, Ada!" },
        flags: [],
        timeline: [{ step: "greeting", outcome: "succeeded" }],
      },
    });
    expect(await control.run(started.run)).toMatchObject({
      status: "RUNNING",
      workflow: "hello",
      version: "0.1.0",
      digest: world.digest,
      environment: "test",
      principal: "trigger:0",
      input: { name: "Ada" },
      waitingFor: [approval.id],
      location: `s3://runs/runs/${started.run}/`,
    });

    const by = "ann@example.com";
    const decided = await control.decide(approval.id, { verdict: "approved", by });
    expect(decided).toMatchObject({ status: "approved", delivered: true });
    const announce = { operation: "announce", approval: approval.id };
    await vi.waitFor(() => expect(world.announced).toContainEqual(announce));
    await endOf(started.run);
    await world.reportRuns(2);

    expect(await control.runs({ limit: 1 })).toMatchObject([
      { id: started.run, status: "SUCCEEDED" },
    ]);
    expect(await control.run(started.run)).toMatchObject({
      output: { text: "Hello, Ada!", approvedBy: by },
      waitingFor: [],
    });
    const envelope = JSON.parse(fileOf(started.run, "input.json").toString()) as object;
    expect(envelope).toEqual({
      input: { name: "Ada" },
      run: { principal: "trigger:0", customer: null },
      config: { tone: "kind" },
    });
    const lines = gunzipSync(fileOf(started.run, "history.jsonl.gz")).toString().trim().split("\n");
    const run = JSON.parse(fileOf(started.run, "run.json").toString()) as {
      events: number;
      files: object;
    };
    expect(run).toMatchObject({ format: 1, run: { id: started.run, status: "SUCCEEDED" } });
    expect(run.events).toBe(lines.length);
    expect(Object.keys(run.files).sort()).toEqual([
      "approvals.json",
      "history.jsonl.gz",
      "input.json",
      "journals.json",
      "output.json",
      "trace.json",
    ]);
    const approvals = fileOf(started.run, "approvals.json").toString();
    expect(JSON.parse(approvals)).toMatchObject([{ id: approval.id, decision: { by } }]);
    expect(world.s3.objects.get(`runs/runs/${started.run}/run.json`)?.headers).toMatchObject({
      "x-amz-tagging": "espalier-retention=standard",
    });
  });

  it("keeps task tokens out of the snapshot and of what people read", async () => {
    const { run } = (await world.intake(event("Ada", "event-2"), context)) as { run: string };
    await approvalOf(run);
    await world.reportRuns();
    const events = await eventsOf(run);
    const asked = events.find(
      ({ type, ...rest }) => type === "TaskScheduled" && JSON.stringify(rest).includes("evidence"),
    );
    expect(JSON.stringify(asked)).toContain("(hidden)");
    await control.stopRun(run, "not needed");
    await world.reportRuns();
    const history = gunzipSync(fileOf(run, "history.jsonl.gz")).toString();
    expect(history).toContain("(hidden)");
    expect(fileOf(run, "approvals.json").toString()).not.toContain("token");
    expect(await control.run(run)).toMatchObject({ status: "ABORTED", error: { name: "Stopped" } });
    expect(await control.approvals({ run })).toMatchObject([{ status: "cancelled" }]);
  });

  it("writes the same snapshot when it is told twice, and in the wrong order", async () => {
    const { id } = await control.startRun({
      workflow: "hello",
      input: {},
      principal: "ben@example.com",
      customer: "acme",
    });
    await endOf(id);
    const changes = world.statusChanges.splice(0);
    for (const change of [...changes].reverse()) await world.runs(change, context);
    const first = new Map(
      [...world.s3.objects].map(([key, { body }]) => [key, body.toString("hex")]),
    );
    for (const change of changes) await world.runs(change, context);
    const second = new Map(
      [...world.s3.objects].map(([key, { body }]) => [key, body.toString("hex")]),
    );
    expect(second).toEqual(first);
    expect(await control.runs({ status: "SUCCEEDED", limit: 1 })).toMatchObject([
      { customer: "acme", principal: "ben@example.com", status: "SUCCEEDED" },
    ]);
  });

  it("starts a run by Control, once for each name", async () => {
    const request = { workflow: "hello", input: {}, principal: "ben@example.com", name: "mine" };
    const record = await control.startRun(request);
    expect(record).toMatchObject({ id: "mine", workflow: "hello", principal: "ben@example.com" });
    await endOf("mine");
    expect((await control.startRun(request)).id).toBe("mine");
    await expect(control.startRun({ ...request, input: { name: "x" } })).rejects.toMatchObject({
      code: "RunExists",
    });
    await expect(control.startRun({ ...request, input: { nam: "x" } })).rejects.toMatchObject({
      code: "InputInvalid",
      message: expect.stringContaining('"nam"'),
    });
    await expect(control.startRun({ ...request, workflow: "bye" })).rejects.toMatchObject({
      code: "WorkflowNotFound",
    });
    await expect(control.startRun({ ...request, name: "a/b" })).rejects.toMatchObject({
      code: "NameInvalid",
    });
    expect(await control.workflows()).toMatchObject([{ workflow: "hello", digest: world.digest }]);
  });

  it("follows a run until it has ended", async () => {
    const { id } = await control.startRun({
      workflow: "hello",
      input: { name: "Ada" },
      principal: "ben@example.com",
    });
    const approval = await approvalOf(id);
    const types: string[] = [];
    const following = (async () => {
      for await (const { type } of control.history(id, { follow: true })) types.push(type);
    })();
    await control.decide(approval.id, {
      verdict: "rejected",
      by: "ann@example.com",
      reason: "No.",
    });
    await following;
    expect(types.at(0)).toBe("ExecutionStarted");
    expect(types.at(-1)).toBe("ExecutionFailed");
    expect(await control.run(id)).toMatchObject({
      status: "FAILED",
      error: { name: "Approval.Rejected" },
    });
  });

  it("says what is not there", async () => {
    await expect(control.run("nobody")).rejects.toMatchObject({ code: "RunNotFound" });
    await expect(control.approval("000000000000")).rejects.toMatchObject({
      code: "ApprovalNotFound",
    });
    await expect(
      control
        .openArtifact(`sha256:${"0".repeat(64)}`)
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toMatchObject({ code: "ArtifactNotFound" });
    const { openAwsControl } = await import("../../lib/aws/control/aws-control.ts");
    await expect(openAwsControl({ environment: "prod" })).rejects.toMatchObject({
      code: "RuntimeUnreachable",
      hint: expect.stringContaining("--environment"),
    });
  });

  it("leaves the approvals of a redriven run alone when its first end is reported late", async () => {
    const { id } = await control.startRun({
      workflow: "hello",
      input: { name: "Ada" },
      principal: "ben@example.com",
    });
    const first = await approvalOf(id);
    const by = "ann@example.com";
    await control.decide(first.id, { verdict: "rejected", by, reason: "Not yet." });
    await endOf(id);
    await world.settled();
    const late = world.statusChanges.splice(0);
    await control.redriveRun(id);
    const second = await openApprovalOf(id);
    for (const change of late) await world.runs(change, context);
    expect(await control.approval(second.id)).toMatchObject({ status: "open" });
    expect(await control.run(id)).toMatchObject({ status: "RUNNING", waitingFor: [second.id] });
    await control.decide(second.id, { verdict: "approved", by });
    await endOf(id);
    await world.reportRuns();
    expect(await control.run(id)).toMatchObject({ status: "SUCCEEDED", error: null });
    expect(JSON.parse(fileOf(id, "run.json").toString())).toMatchObject({ redrives: 1 });
    expect(JSON.parse(fileOf(id, "approvals.json").toString())).toMatchObject([
      { decision: { verdict: "rejected" } },
      { decision: { verdict: "approved" } },
    ]);
  });

  it("stores what comes from outside with the retention class of the environment", async () => {
    const sizes = [10, 9_000_000];
    for (const size of sizes) {
      const info = { mediaType: "text/plain" };
      const { $artifact } = await control.putArtifact(pieces(Buffer.alloc(size, "x")), info);
      const key = `runs/artifacts/${$artifact.slice("sha256:".length)}`;
      expect(world.s3.objects.get(key)?.headers).toMatchObject({
        "x-amz-tagging": "espalier-retention=long",
      });
    }
  });

  it("sweeps up approvals that nobody waits for any more", async () => {
    const { id } = await control.startRun({
      workflow: "hello",
      input: { name: "Ada" },
      principal: "ben@example.com",
    });
    const approval = await approvalOf(id);
    // The end of this run is not reported.
    await world.engine.stopExecution({ executionArn: arnOf(id) });
    await world.runs({ sweep: true }, context);
    expect(await control.approval(approval.id)).toMatchObject({ status: "cancelled" });
    // Those who were asked hear of it, from the function that can tell them.
    expect(world.announced).toContainEqual({ operation: "announce", approval: approval.id });
  });

  it("answers for a run from its snapshot when Step Functions has forgotten it", async () => {
    const { id } = await control.startRun({
      workflow: "hello",
      input: {},
      principal: "ben@example.com",
    });
    await endOf(id);
    await world.reportRuns();
    const before = await control.run(id);
    const events = await eventsOf(id);
    world.forgotten.add(arnOf(id));
    expect(await control.run(id)).toEqual(before);
    expect(await eventsOf(id)).toEqual(events);
    expect(before).toMatchObject({
      status: "SUCCEEDED",
      input: {},
      output: { text: "Hello, world!" },
    });
  });
});

describe("an intake", () => {
  it("starts one run for an event that is delivered many times", async () => {
    const countRuns = async () => (await world.engine.listExecutions({})).executions.length;
    const before = await countRuns();
    const deliveries = await Promise.all(
      Array.from({ length: 8 }, () => world.intake(event("Ada", "event-3"), context)),
    );
    expect(new Set(deliveries.map((each) => (each as { run: string }).run)).size).toBe(1);
    expect(await countRuns()).toBe(before + 1);
    await world.intake(event("Ada", "event-4"), context);
    expect(await countRuns()).toBe(before + 2);
  });

  it.each([
    ["an input against the contract", event(""), /\$\.name/],
    ["an expression that yields nothing", event(undefined), /returned nothing/],
    ["a trigger that is none", { ...event("Ada"), trigger: 9 }, /no trigger 9/],
    ["a payload of no known shape", { hello: 1 }, /none that an intake takes/],
  ])("puts %s on the dead-letter queue, and does not fail", async (_case, payload, reason) => {
    const answer = await world.intake(payload, context);
    expect(answer).toMatchObject({ error: { code: "InputInvalid" } });
    expect(world.services.messages).toHaveLength(1);
    expect(world.services.messages[0]?.body).toEqual({
      reason: expect.stringMatching(reason),
      payload: JSON.parse(JSON.stringify(payload)) as unknown,
    });
  });

  it("names a scheduled run after its time, and an object's after its sequencer", async () => {
    const nightly = (id: string) => ({ trigger: 1, event: { id, time: "2026-11-21T02:00:00Z" } });
    const first = await world.intake(nightly("attempt-1"), context);
    expect(await world.intake(nightly("attempt-2"), context)).toEqual(first);
    const created = (id: string, sequencer: string) => ({
      trigger: 2,
      event: {
        ...event("").event,
        id,
        detail: { bucket: { name: "inbox" }, object: { key: "a.json", sequencer } },
      },
    });
    const object = await world.intake(created("e1", "01"), context);
    expect(await world.intake(created("e2", "01"), context)).toEqual(object);
    expect(await world.intake(created("e3", "02"), context)).not.toEqual(object);
  });

  it("answers HTTP requests: taken, refused, unknown", async () => {
    const request = (body: string, path = "/greetings", headers = {}) => ({
      version: "2.0",
      routeKey: "$default",
      rawPath: path,
      rawQueryString: "",
      headers: {
        "content-type": "application/json",
        authorization: "AWS4-HMAC-SHA256 …",
        ...headers,
      },
      requestContext: {
        accountId: "000000000000",
        requestId: "r-1",
        http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "t" },
        authorizer: { iam: { userArn: "arn:aws:iam::000000000000:user/ben" } },
      },
      body,
      isBase64Encoded: false,
    });
    const taken = (await world.intake(request('{"name":"Ada"}'), context)) as { body: string };
    expect(taken).toMatchObject({ statusCode: 202 });
    const { run } = JSON.parse(taken.body) as { run: string };
    await approvalOf(run);
    await world.reportRuns();
    expect(await control.run(run)).toMatchObject({
      principal: "arn:aws:iam::000000000000:user/ben",
    });
    expect(await world.intake(request("{"), context)).toMatchObject({ statusCode: 400 });
    expect(await world.intake(request('{"name":5}'), context)).toMatchObject({ statusCode: 400 });
    expect(await world.intake(request("{}", "/else"), context)).toMatchObject({ statusCode: 404 });
    const key = { "idempotency-key": "k" };
    const once = await world.intake(request("{}", "/greetings", key), context);
    expect(await world.intake(request("{}", "/greetings", key), context)).toEqual(once);
    const other = await world.intake(request('{"name":"Bo"}', "/greetings", key), context);
    expect(other).toMatchObject({ statusCode: 409 });
    expect(world.services.messages).toEqual([]);
  });
});
