/** Runs a plan on the engine, in memory and in virtual time, with the reference's own world. */
import type { Plan } from "../../lib/compiler/index.ts";
import {
  Engine,
  type EngineClock,
  type HistoryEvent,
  TaskError,
  VirtualClock,
} from "../../lib/engine/index.ts";
import { ApprovalPolicy } from "../../lib/manifest/approval-policy.ts";
import { scheduleStages } from "../../lib/runtime/approval/schedule-stages.ts";
import { stagesOf } from "../../lib/runtime/approval/stages.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import { Failure, type Visit, type World } from "./reference.ts";

export interface Ran {
  readonly outcome: { readonly output: Json } | { readonly error: string; readonly cause: string };
  /** Each work that was called for, the last attempt of each. */
  readonly visits: readonly Visit[];
  /** Names of the states entered, in order. */
  readonly entered: readonly string[];
  readonly events: readonly HistoryEvent[];
  /** What agents' functions were called with, and what they answered, in order. */
  readonly agentCalls: readonly { readonly resume: Json; readonly answered: string }[];
  /** What was asked of people, stage by stage; times in milliseconds. */
  readonly asked: readonly {
    readonly state: string;
    readonly stage: number;
    readonly at: number;
    readonly seconds: number | null;
  }[];
}

const CHILD = {
  QueryLanguage: "JSONata",
  StartAt: "echo",
  States: { echo: { Type: "Succeed", Output: { child: "{% $states.input.input %}" } } },
};

/** Filled in where the reference's `$run` has them too. */
export const DIGEST = "sha256:00";
export const ENVIRONMENT = "test";

export async function runOnEngine(plan: Plan, world: World): Promise<Ran> {
  const visits: Visit[] = [];
  const agentCalls: { resume: Json; answered: string }[] = [];
  const asked: Ran["asked"][number][] = [];
  const policies = new Map(plan.approvals.map(({ step, policy }) => [step, policy.approval]));
  const agents = new Map(
    plan.functions.flatMap((one) =>
      one.kind === "agent" ? [[one.name, one.document.agent] as const] : [],
    ),
  );
  /** By agent's step and iteration: lines of the script that are behind it, as in its journal. */
  const journal = new Map<string, number>();
  // Answers of people come before time goes on: an idle engine would let a deadline pass.
  const answers: (() => Promise<void>)[] = [];
  const time = new VirtualClock();
  const clock: EngineClock = {
    now: () => time.now(),
    setTimer: (at, fn) => time.setTimer(at, fn),
    idle() {
      const answer = answers.shift();
      // Where a sibling failed meanwhile, nobody waits for the answer any more.
      if (answer) answer().catch(() => clock.idle?.());
      else time.advanceToNext();
    },
  };
  const engine = await Engine.open({
    clock,
    async invoke(task) {
      const { Payload, Entries } = task.arguments as { Payload?: Call; Entries?: Json[] };
      if (Entries !== undefined) {
        visits.push({
          id: task.stateName,
          iteration: "",
          given: (Entries as unknown as Entry[])[0]?.Detail ?? null,
        });
        return { FailedEntryCount: 0 };
      }
      if (Payload === undefined) throw new Error(`no call: ${JSON.stringify(task.arguments)}`);
      if (Payload.operation === "schedule") {
        const schedule = scheduleStages(ApprovalPolicy.parse(Payload.policy), new Date(time.now()));
        return answer(schedule as unknown as Json);
      }
      const { id, iteration, attempt } = Payload.step;
      try {
        const agent = agents.get(id);
        if (task.taskToken === undefined && agent !== undefined) {
          const key = `${id} ${iteration}`;
          const line = journal.get(key) ?? 0;
          const script = world.script(id, agent, iteration);
          if (line === 0 && attempt === 0) visits.push({ id, iteration, given: Payload.input });
          if (attempt === 0) expectResumed(Payload.resume, script[line - 1], line);
          if (attempt === 0) journal.set(key, line + 1);
          const next = attempt === 0 ? script[line] : undefined;
          agentCalls.push({ resume: Payload.resume, answered: next ?? "done" });
          if (next === "continue") return answer({ status: "continue" });
          if (next === "ask") {
            const evidence = { tool: "write_file", line };
            return answer({ status: "awaitingApproval", toolUseId: `t${line}`, evidence });
          }
          const output = world.task(id, Payload.input, iteration, attempt);
          return answer({ status: "done", output });
        }
        if (task.taskToken === undefined) {
          if (attempt === 0) visits.push({ id, iteration, given: Payload.input });
          return { Payload: world.task(id, Payload.input, iteration, attempt) };
        }
        const { stage, required, evidence } = Payload;
        asked.push({ state: task.stateName, stage, at: time.now(), seconds: Payload.seconds });
        if (agent === undefined && stage === 0) visits.push({ id, iteration, given: evidence });
        const own = plan.approvals.find(({ step }) => step === id)?.policy;
        const isLast = own === undefined || stage === stagesOf(own).length - 1;
        const policy = `approvals/${policies.get(id)}.yaml`;
        const output = JSON.stringify(world.approve(id, required, policy, isLast));
        answers.push(() => engine.sendTaskSuccess({ taskToken: task.taskToken ?? "", output }));
        return { Payload: null };
      } catch (thrown) {
        if (!(thrown instanceof Failure)) throw thrown;
        // Nobody decides: the state's own deadline has to notice.
        if (thrown.reason.includes("nobody")) return { Payload: null };
        throw new TaskError(thrown.error, thrown.reason);
      }
    },
  });
  try {
    const child = await engine.createStateMachine({ name: "child", definition: CHILD });
    const definition = JSON.parse(
      JSON.stringify(plan.definition)
        .replaceAll("${workflow_child}", child.stateMachineArn)
        .replaceAll("${bundle_digest}", DIGEST)
        .replaceAll("${environment}", ENVIRONMENT),
    ) as JsonObject;
    const { stateMachineArn } = await engine.createStateMachine({ name: "generated", definition });
    const { principal = "", customer = null } = world.run;
    const { executionArn } = await engine.startExecution({
      stateMachineArn,
      name: String(world.run.id),
      input: JSON.stringify({
        input: world.input,
        run: { principal, customer },
        config: world.config,
      }),
    });
    const end = await engine.waitForEnd(executionArn);
    const events: HistoryEvent[] = [];
    for (let nextToken: string | undefined; ; ) {
      const page = await engine.getExecutionHistory({ executionArn, nextToken });
      events.push(...page.events);
      nextToken = page.nextToken;
      if (nextToken === undefined) break;
    }
    const entered = events.flatMap((event) => {
      const details = event as unknown as { stateEnteredEventDetails?: { name: string } };
      return details.stateEnteredEventDetails ? [details.stateEnteredEventDetails.name] : [];
    });
    return {
      outcome:
        end.status === "SUCCEEDED"
          ? { output: JSON.parse(end.output ?? "null") as Json }
          : { error: end.error ?? end.status, cause: end.cause ?? "" },
      visits,
      entered,
      events,
      agentCalls,
      asked,
    };
  } finally {
    await engine.close();
  }
}

/** As `lambda:invoke` gives it. */
const answer = (Payload: Json): Json => ({ ExecutedVersion: "1", Payload, StatusCode: 200 });

/** What the loop came back with fits what was asked for last, and nothing is left over from before. */
function expectResumed(resume: Json, before: string | undefined, line: number): void {
  const asked = before === "ask" ? `t${line - 1}` : undefined;
  const found = resume === null ? undefined : (resume as JsonObject).toolUseId;
  if (found !== asked) throw new Error(`resumed with ${JSON.stringify(resume)} after ${before}`);
}

interface Call {
  readonly step: { readonly id: string; readonly iteration: string; readonly attempt: number };
  readonly input: Json;
  /** Of an agent's function. */
  readonly resume: Json;
  readonly required: boolean;
  readonly evidence: Json;
  readonly stage: number;
  readonly seconds: number | null;
  readonly operation?: string;
  readonly policy: Json;
}
interface Entry {
  readonly Detail: Json;
}
