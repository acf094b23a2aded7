/**
 * `runs` wait at once, and for each somebody decides on the page of a local runtime, at a moment of their
 * own within a second: how long until the run enters its next state. For information the same with all of
 * them in one instant. The data folder is on disk, and every write is synced. The people are in this
 * process as well: what they take for their requests is part of the time.
 */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Plan } from "../../lib/compiler/plan.ts";
import type { Deployment } from "../../lib/local/runtime/deployment.ts";
import { readLinkKeys } from "../../lib/local/runtime/link-keys.ts";
import { LocalRuntime } from "../../lib/local/runtime/local-runtime.ts";
import { linkPath } from "../../lib/runtime/approval/link.ts";
import { report } from "../peers/report.mjs";

const Options = z.object({ runs: z.number(), batches: z.number(), warmup: z.number() });
/** People do not press their buttons in the same millisecond. */
const SPREAD_MS = 1000;
const APPROVER = "ada@example.com";

await report(async (given) => {
  const { runs, batches, warmup } = Options.parse(given);
  const directory = await mkdtemp(join(tmpdir(), "espalier-bench-"));
  const runtime = await LocalRuntime.open({ directory });
  try {
    await runtime.deploy(waitingWorkflow());
    const decideIn = async (count: number, spread: number) => {
      const times: Times[] = [];
      for (let batch = 0; batch < count; batch += 1) {
        times.push(...(await decideAll(runtime, { directory, runs, spread })));
      }
      return times;
    };
    await decideIn(warmup, 0);
    const times = await decideIn(batches, SPREAD_MS);
    const atOnce = await decideIn(Math.ceil(batches / 4), 0);
    return {
      value: quantile(times, "next", 0.99),
      parts: [
        { name: "half of the runs within", value: quantile(times, "next", 0.5), unit: "ms" },
        { name: "answer to the browser, p99", value: quantile(times, "answer", 0.99), unit: "ms" },
        { name: "all in one instant, p99", value: quantile(atOnce, "next", 0.99), unit: "ms" },
      ],
    };
  } finally {
    await runtime.close();
    await rm(directory, { recursive: true, force: true });
  }
});

interface Times {
  /** Until the run has entered its next state. */
  readonly next: number;
  /** Until the browser was sent on. */
  readonly answer: number;
}

interface Form {
  readonly run: string;
  readonly url: string;
  readonly cookie: string;
  readonly body: string;
}

async function decideAll(
  runtime: LocalRuntime,
  {
    directory,
    runs,
    spread,
  }: { readonly directory: string; readonly runs: number; readonly spread: number },
): Promise<Times[]> {
  const started = await Promise.all(
    Array.from({ length: runs }, () =>
      runtime.startRun({ workflow: "waiting", input: {}, principal: "build@example.com" }),
    ),
  );
  await Promise.all(started.map(({ id }) => reached(runtime, id, "TaskSubmitted")));
  const forms = await Promise.all(started.map(({ id }) => openForm(runtime, directory, id)));
  return Promise.all(
    forms.map(async (form) => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * spread));
      return decide(runtime, form);
    }),
  );
}

async function openForm(runtime: LocalRuntime, directory: string, run: string): Promise<Form> {
  const [approval] = await runtime.approvals({ run, status: "open" });
  if (!approval) throw new Error(`the run ${run} asks nobody`);
  const ring = await readLinkKeys(directory);
  const url = runtime.url + linkPath(approval, APPROVER, { ring, now: new Date() });
  const page = await fetch(url);
  const text = await page.text();
  const field = (name: string) =>
    new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? "";
  const body = new URLSearchParams({
    mark: field("mark"),
    evidence: field("evidence"),
    action: "approve",
    reason: "Seen.",
  });
  const cookie = page.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  return { run, url, cookie, body: body.toString() };
}

async function decide(runtime: LocalRuntime, { run, url, cookie, body }: Form): Promise<Times> {
  const entered = reached(runtime, run, "PassStateEntered");
  const from = Date.now();
  const begin = performance.now();
  const answer = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      "sec-fetch-site": "same-origin",
      cookie,
    },
    redirect: "manual",
  });
  if (answer.status !== 303) throw new Error(`the page answered ${answer.status}`);
  const answered = performance.now() - begin;
  return { next: (await entered) - from, answer: answered };
}

/** When the run came to an event of this type, by the engine's own history. */
async function reached(runtime: LocalRuntime, run: string, type: string): Promise<number> {
  for await (const event of runtime.history(run, { follow: true })) {
    if (event.type === type) return Date.parse(event.timestamp);
  }
  throw new Error(`the run ${run} has ended without ${type}`);
}

function quantile(times: readonly Times[], name: keyof Times, share: number): number {
  const sorted = times.map((each) => each[name]).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** One approval, then a state that does nothing. */
function waitingWorkflow(): Deployment {
  const run =
    "{ 'id': $states.context.Execution.Name, 'workflow': 'waiting', 'version': '1.0.0', 'digest': '${bundle_digest}', 'environment': '${environment}', 'customer': null, 'principal': $states.context.Execution.Input.run.principal, 'startedAt': $states.context.Execution.StartTime }";
  const policy = { approval: "release", title: "Go on?", approvers: [APPROVER], deadline: "3d" };
  const plan: Plan = {
    format: 1,
    workflow: "waiting",
    type: "standard",
    version: "1.0.0",
    description: null,
    owners: { business: "b@example.com", platform: "p@example.com", risk: "r@example.com" },
    definition: {
      QueryLanguage: "JSONata",
      StartAt: "review",
      States: {
        review: {
          Type: "Task",
          Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
          Arguments: {
            FunctionName: "${function_espalier_approval}",
            Payload: {
              run: `{% ${run} %}`,
              step: {
                id: "review",
                iteration: "",
                attempt: "{% $states.context.State.RetryCount %}",
              },
              token: "{% $states.context.Task.Token %}",
              required: true,
              policy,
              evidence: { proposal: { release: "1.0.0" }, flags: ["A first release."] },
              key: "",
              stage: 0,
              seconds: 259_200,
            },
          },
          Next: "after",
        },
        after: { Type: "Pass", End: true },
      },
    },
    steps: [],
    functions: [],
    approvals: [],
    emits: [],
    workflows: [],
    triggers: [],
    contracts: { input: true, output: true },
    config: {},
    transitions: { states: 2, decisions: 0, longestPath: 2 },
  };
  const digest = createHash("sha256").update(JSON.stringify(plan)).digest("hex");
  return {
    plan,
    digest: `sha256:${digest}`,
    code: new Map(),
    files: new Map(),
    components: new Map(),
  };
}
