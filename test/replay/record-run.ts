/** Records runs of plans: performed on the engine in virtual time, kept as the local runtime keeps them. */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../../lib/compiler/index.ts";
import {
  Engine,
  type EngineClock,
  type HistoryEvent,
  TaskError,
  VirtualClock,
} from "../../lib/engine/index.ts";
import { memoryArtifacts, memoryRecords } from "../../lib/local/ports/memory.ts";
import { BundleStore } from "../../lib/local/runtime/bundle-store.ts";
import { writeRunFolder } from "../../lib/local/runtime/run-folder.ts";
import { runReport } from "../../lib/local/runtime/run-report.ts";
import { SILENT } from "../../lib/replay/model-answers.ts";
import type { AgentCall } from "../../lib/runtime/agent/agent-call.ts";
import type { StepCall } from "../../lib/runtime/call.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import { runRetrieveStep } from "../../lib/runtime/knowledge/retrieve-step.ts";
import { runModelStep } from "../../lib/runtime/model/model-step.ts";
import type { OpenedModel } from "../../lib/runtime/model/opened-model.ts";
import { runPromptStep } from "../../lib/runtime/prompt/prompt-step.ts";
import { runEvent } from "../../lib/runtime/run-event.ts";
import { journalsOf } from "../../lib/runtime/trace/run-journals.ts";
import { runScriptedAgent } from "./scripted-agent.ts";

/** How the world of a recorded run behaves; the code of its tasks is the same for all. */
export interface World {
  readonly behaviour: ReadonlyMap<string, string>;
  readonly input: Json;
  readonly config: JsonObject;
  /** Milliseconds that the next answer takes. */
  readonly delay: () => number;
  /** In place of `workCode`: exports `work` and `handler`. */
  readonly code?: string;
}

/** The code of every task: what it returns depends on its input, and on what its step is meant to do. */
export function workCode(behaviour: ReadonlyMap<string, string>): string {
  return `const behaviour = new Map(${JSON.stringify([...behaviour])});
export function work({ step: { id, iteration, attempt }, input }) {
  let v = 7;
  for (const c of JSON.stringify([id, input, iteration])) v = (v * 31 + c.charCodeAt(0)) % 100003;
  v %= 10;
  const how = behaviour.get(id);
  if (how === "fail" || (how === "flaky" && attempt === 0) || (how === "moody" && v < 3)) {
    throw Object.assign(new Error(id + " failed"), { name: "Step.Failed" });
  }
  const items = [0, 1, 2, 3].map((k) => ({ k, odd: k % 2 === 1 }));
  return { v, even: v % 2 === 0, list: items.slice(0, v % 4) };
}
export const handler = async (call) => work(call);
`;
}

interface Call {
  readonly step: { readonly id: string; readonly iteration: string; readonly attempt: number };
  readonly input: Json;
  readonly operation?: string;
  readonly policy?: { readonly onExpiry?: string };
  readonly required?: boolean;
  readonly evidence?: Json;
}
type Work = (call: Call) => Json;

const CHILD = {
  QueryLanguage: "JSONata",
  StartAt: "echo",
  States: { echo: { Type: "Succeed", Output: { child: "{% $states.input.input %}" } } },
};

/** What a model step is given beside its ports: no limits, and nobody who listens. */
const around = {
  budget: { reserve: async () => undefined, settle: async () => undefined },
  signal: new AbortController().signal,
  logger: SILENT,
  metrics: { add: () => undefined },
};

export function answering(text: string): OpenedModel {
  const usage = {
    inputTokens: 9,
    outputTokens: 9,
    cacheReadInputTokens: 0,
    cacheWriteInputTokens: 0,
  };
  return {
    ...{ adapter: "stand-in", modelId: "stand-in" },
    model: {
      converse: async () => ({
        ...{ content: [{ text }], stopReason: "end_turn", usage, latencyMs: 1 },
        answeredBy: { adapter: "stand-in", model: "stand-in" },
      }),
    },
  };
}

const CHUNKS = JSON.stringify(
  ["what is odd", "what is even", "3 items and a question"].map((text, i) => ({
    ...{ id: `c${i}`, source: "handbook.md", text, span: { start: i, end: i + 1 }, heading: null },
  })),
);

export const digestNumber = (n: number) => `sha256:${String(n).padStart(64, "0")}`;

/** Runs the plan once, and keeps run and bundle in the folder, as a data folder has them. */
export async function recordRun(
  folder: string,
  id: string,
  plan: Plan,
  world: World,
  digest: string,
): Promise<{ readonly status: string; readonly answers: number }> {
  const code = world.code ?? workCode(world.behaviour);
  const { work } = (await import(
    `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`
  )) as { readonly work: Work };
  const entries = plan.functions.flatMap((each) => (each.kind === "task" ? [each.entry] : []));
  const chunks = new Map(
    plan.functions.flatMap((each) =>
      each.kind === "retrieve" ? [[each.document.chunks, Buffer.from(CHUNKS)] as const] : [],
    ),
  );
  const store = new BundleStore(join(folder, "bundles"));
  await mkdir(join(folder, "bundles"), { recursive: true });
  const bundle = await store.save({
    ...{ plan, digest, files: new Map(), components: chunks },
    code: new Map(entries.map((entry) => [entry, { js: code, map: "{}" }])),
  });

  const time = new VirtualClock({ start: Date.UTC(2026, 4, 4, 9, 30, 0, 123) });
  const clock: EngineClock = {
    now: () => time.now(),
    setTimer: (at, fn) => time.setTimer(at, fn),
    idle() {
      // What has no end waits for as long as it takes: for a person who comes at last.
      if (!time.advanceToNext()) slow.shift()?.();
    },
  };
  const artifacts = memoryArtifacts();
  const slow: (() => void)[] = [];
  const ports = {
    ...{ artifacts, records: memoryRecords() },
    clock: { now: () => new Date(time.now()) },
  };
  const visits = new Map<string, number>();
  let answers = 0;
  const later = (fn: () => Promise<unknown>) =>
    // Where a sibling failed meanwhile, nobody waits any more.
    time.setTimer(time.now() + world.delay(), () => fn().catch(() => clock.idle?.()));
  const answered = (Payload: Json) => ({ ExecutedVersion: "1", Payload, StatusCode: 200 });
  const engine = await Engine.open({
    clock,
    async invoke(task) {
      answers += 1;
      // Time passes with each answer, so that those of siblings come in an order of their own.
      const { Payload: call, Entries } = task.arguments as unknown as {
        readonly Payload?: Call;
        readonly Entries?: Json;
      };
      if (Entries !== undefined)
        return { FailedEntryCount: 0, Entries: [{ EventId: `e${answers}` }] };
      if (call === undefined) throw new Error("no call");
      const { id, iteration } = call.step;
      const how = world.behaviour.get(`${id}.approval`) ?? world.behaviour.get(id);
      if (call.operation === "schedule") {
        const stages = Array.from({ length: 9 }, () => ({ seconds: 3600, deadline: null }));
        return answered({ stages, opensAt: null, verdict: null });
      }
      if (task.taskToken !== undefined) {
        const taskToken = task.taskToken;
        const decision = {
          approval: "a1",
          verdict: "approved",
          by: "ann@example.com",
          at: "now",
          reason: null,
        };
        if (how === "fail") {
          later(() =>
            engine.sendTaskFailure({
              taskToken,
              error: "Approval.Rejected",
              cause: "not like this",
            }),
          );
        } else {
          const approve = () =>
            later(() => engine.sendTaskSuccess({ taskToken, output: JSON.stringify(decision) }));
          if (how !== "late" && how !== "slow") approve();
          else {
            slow.push(() => {
              approve();
              time.advanceToNext();
            });
          }
        }
        return answered(null);
      }
      const planned = plan.functions.find(({ step }) => step === id);
      const key = `${id} ${iteration}`;
      const visit = visits.get(key) ?? 0;
      visits.set(key, visit + 1);
      try {
        if (planned?.kind === "prompt") {
          return answered(
            await runPromptStep(planned.document, call as unknown as StepCall, {
              artifacts,
              logger: SILENT,
            }),
          );
        }
        if (planned?.kind === "retrieve") {
          return answered(
            await runRetrieveStep(planned.document, call as unknown as StepCall, {
              ...{ artifacts, logger: SILENT },
              readFile: async (path) => chunks.get(path),
            }),
          );
        }
        if (planned?.kind === "model") {
          const { document } = planned;
          const asked = call as unknown as StepCall;
          const text = JSON.stringify(work(call));
          return answered(
            await runModelStep(document, asked, { ...ports, ...around, model: answering(text) }),
          );
        }
        if (planned?.kind === "agent") {
          const asked = call as unknown as AgentCall;
          const outcome = await runScriptedAgent(planned, asked, visit, ports, () => work(call));
          return answered(outcome as unknown as Json);
        }
        return answered(work(call));
      } catch (error) {
        const { name, message } = error as Error;
        throw new TaskError(
          name,
          JSON.stringify({ errorType: name, errorMessage: message, trace: [] }),
        );
      }
    },
  });
  try {
    const child = await engine.createStateMachine({ name: "child", definition: CHILD });
    const definition = JSON.parse(
      JSON.stringify(plan.definition)
        .replaceAll("${workflow_child}", child.stateMachineArn)
        .replaceAll("${bundle_digest}", digest)
        .replaceAll("${environment}", "local"),
    ) as JsonObject;
    const { stateMachineArn } = await engine.createStateMachine({
      name: plan.workflow,
      definition,
    });
    const { input, config } = world;
    const run = { principal: "ann@example.com", customer: null };
    const { executionArn } = await engine.startExecution({
      ...{ stateMachineArn, name: id, input: JSON.stringify({ input, run, config }) },
    });
    const execution = await engine.waitForEnd(executionArn);
    const events: HistoryEvent[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await engine.getExecutionHistory({ executionArn, nextToken });
      events.push(...page.events);
      nextToken = page.nextToken;
      if (nextToken === undefined) break;
    }
    const journals = await journalsOf(events.map(runEvent), plan.steps, ports);
    await writeRunFolder(
      {
        ...{ execution, events, steps: plan.steps, journals, plan },
        report: runReport(execution, bundle),
      },
      join(folder, "runs"),
      ports,
    );
    return { status: execution.status, answers };
  } finally {
    await engine.close();
  }
}
