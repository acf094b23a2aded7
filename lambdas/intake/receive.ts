/** What becomes of a payload: a run, a refusal, or an error after which Lambda tries again. */

import type { AwsClients } from "../../lib/aws/clients.ts";
import { start as startRun } from "../../lib/aws/start-execution.ts";
import { inputProblems } from "../../lib/manifest/input-problems.ts";
import type { RunInput } from "../../lib/runtime/call.ts";
import { startOnce } from "../../lib/runtime/claim-run.ts";
import type { Json } from "../../lib/runtime/json.ts";
import type { Artifacts, Ports } from "../../lib/runtime/ports.ts";
import type { Repair } from "../../lib/runtime/repair/repair.ts";
import { storeLargeValues } from "../../lib/runtime/stored-value.ts";
import { deadLetter } from "./dead-letter.ts";
import { answerHttp, type HttpAnswer, httpEvent } from "./http.ts";
import type { Intake, IntakeTrigger } from "./intake-document.ts";
import { Payload, type Requested, type Started, type Triggered } from "./request.ts";
import { happeningOf, newRunName, runNameOf } from "./run-name.ts";
import { TriggerInputError, triggerInput } from "./trigger-input.ts";

export interface IntakeWorld {
  readonly intake: Intake;
  readonly clients: Pick<AwsClients, "sfn" | "sqs">;
  /** What runs are started on. */
  readonly stateMachine: string;
  readonly deadLetters: string;
  readonly artifacts: Pick<Artifacts, "put">;
  /** Of an express workflow: where names of runs are claimed. */
  readonly ports?: Pick<Ports, "records" | "clock">;
}

/**
 * The log is all that is known of an express run, and cuts off an input whose JSON has 248 KiB as
 * text in a text: quotation marks count twice there.
 */
const LOGGED_BYTES = 100 * 1024;

/** Trying again would change nothing. `problems`: one sentence each. */
export interface Refusal {
  readonly error: { readonly code: "InputInvalid" | "RunExists"; readonly message: string };
}

export type Outcome = { readonly run: string } | Refusal;

export async function receive(payload: unknown, world: IntakeWorld): Promise<Outcome | HttpAnswer> {
  const parsed = Payload.safeParse(payload);
  if (!parsed.success) {
    return refuseForGood(payload, refusal("The payload is none that an intake takes."), world);
  }
  if ("trigger" in parsed.data) return onTrigger(parsed.data, world);
  return "start" in parsed.data ? onStart(parsed.data, world) : onRequest(parsed.data, world);
}

async function onTrigger(payload: Triggered, world: IntakeWorld): Promise<Outcome> {
  const trigger = world.intake.triggers[payload.trigger];
  const outcome = trigger
    ? await begin(payload.event as Json, trigger, world, {
        name: runNameOf(world.intake.workflow, happeningOf(payload, trigger)),
        principal: `trigger:${trigger.name ?? payload.trigger}`,
      })
    : refusal(`The workflow has no trigger ${payload.trigger}.`);
  return "run" in outcome ? outcome : refuseForGood(payload, outcome, world);
}

/** Whoever asks waits for the answer, so a refusal is no dead letter. */
async function onStart({ start }: Started, world: IntakeWorld): Promise<Outcome> {
  const { input, principal, customer = null, name, repair } = start;
  return open(input, world, {
    repair,
    name: name ?? newRunName(world.intake.workflow, new Date()),
    principal,
    customer,
    sameInput: true,
  });
}

async function onRequest(request: Requested, world: IntakeWorld): Promise<HttpAnswer> {
  const { http, requestId, authorizer } = request.requestContext;
  const index = world.intake.triggers.findIndex(
    ({ http: own }) => own?.method === http.method && own.path === http.path,
  );
  const trigger = world.intake.triggers[index];
  if (!trigger) return answerHttp(404, { error: { message: "Nothing is started here." } });
  const event = httpEvent(request);
  if (!event) return answerHttp(400, refusal("The body of the request is not JSON."));
  // With a key of the caller's, a request that is sent again starts no second run.
  const key = request.headers["idempotency-key"] ?? requestId;
  const principal = authorizer?.iam.userArn ?? `trigger:${trigger.name ?? index}`;
  const outcome = await begin(event, trigger, world, {
    name: runNameOf(world.intake.workflow, [index, "http", principal, key]),
    principal,
    sameInput: true,
  });
  if ("run" in outcome) return answerHttp(202, outcome);
  return answerHttp(outcome.error.code === "RunExists" ? 409 : 400, outcome);
}

interface Asked {
  readonly name: string;
  readonly principal: string;
  readonly customer?: string | null;
  /** What the run goes on from. */
  readonly repair?: Repair | undefined;
  /** A run of this name must have the same input; else the name itself says that it is the same. */
  readonly sameInput?: boolean;
}

async function begin(
  event: Json,
  trigger: IntakeTrigger,
  world: IntakeWorld,
  asked: Asked,
): Promise<Outcome> {
  try {
    return await open(await triggerInput(templateOf(trigger), event), world, asked);
  } catch (error) {
    if (error instanceof TriggerInputError) return refusal(error.message);
    throw error;
  }
}

/** Without `input`, a run gets what the event is about. */
function templateOf({ input, schedule, http }: IntakeTrigger): Json {
  if (input !== undefined) return input;
  if (schedule !== undefined) return {};
  return http ? "{% $event.body %}" : "{% $event.detail %}";
}

async function open(input: Json, world: IntakeWorld, given: Asked): Promise<Outcome> {
  const { intake, clients, stateMachine, artifacts } = world;
  const customer = given.customer ?? intake.customer ?? null;
  if (intake.customer !== undefined && customer !== intake.customer) {
    return refusal(`Runs here are for the customer "${intake.customer}" only.`);
  }
  const asked = { ...given, customer };
  const problems = inputProblems(intake.input, input);
  if (problems.length > 0) {
    const lines = problems.map(({ at, message }) => `${at}: ${message}`);
    return refusal(
      [`The input breaks the contract of "${intake.workflow}":`, ...lines].join("\n  "),
    );
  }
  const envelope: RunInput = {
    input: await storeLargeValues(input, artifacts, world.ports && LOGGED_BYTES),
    run: {
      principal: asked.principal,
      customer,
      ...(asked.repair && { repair: asked.repair }),
    },
    config: intake.config,
  };
  if (world.ports) return openExpress(envelope, world.ports, world, asked);
  const started = await startRun(
    { stateMachine, name: asked.name, input: JSON.stringify(envelope) },
    clients.sfn,
    asked.sameInput ?? false,
  );
  return started ? { run: asked.name } : runExists(asked.name);
}

/** Step Functions would start any number of express executions of one name. */
async function openExpress(
  envelope: RunInput,
  ports: Pick<Ports, "records" | "clock">,
  { intake, clients, stateMachine }: IntakeWorld,
  { name, principal, customer = null, sameInput = false }: Asked,
): Promise<Outcome> {
  const { workflow } = intake;
  const claimed = { workflow, run: name, principal, customer, input: JSON.stringify(envelope) };
  const started = await startOnce(claimed, ports, async (startedAt) => {
    const run = { ...envelope.run, startedAt };
    const input = JSON.stringify({ ...envelope, run });
    await startRun({ stateMachine, name, input }, clients.sfn, false);
  });
  return sameInput && !started.sameInput ? runExists(name) : { run: name };
}

function runExists(name: string): Refusal {
  const message = `There is a run "${name}" already, with another input.`;
  return { error: { code: "RunExists", message } };
}

async function refuseForGood(
  payload: unknown,
  refused: Refusal,
  { clients, deadLetters }: IntakeWorld,
): Promise<Refusal> {
  await deadLetter(deadLetters, refused.error.message, payload, clients.sqs);
  return refused;
}

function refusal(message: string): Refusal {
  return { error: { code: "InputInvalid", message } };
}
