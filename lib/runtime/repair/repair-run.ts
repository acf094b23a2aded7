/** Making a failed run go on: by a redrive where that is enough, else as a new run. */

import { runStream } from "../approval/approval-events.ts";
import { differences } from "../approval/differences.ts";
import { appendAudit, appendAuditOnce } from "../audit.ts";
import { digestOfJson } from "../canonical-json.ts";
import type { Control, RunDetail, RunEvent } from "../control.ts";
import { RequestError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Ports } from "../ports.ts";
import { storeLargeValues } from "../stored-value.ts";
import { type CalledStep, type ReadCalls, readCalls } from "./read-calls.ts";
import {
  placeOf,
  REPAIR_EVENTS,
  type Repair,
  type RepairDocument,
  type Repaired,
  type RepairRequest,
} from "./repair.ts";

export const MAX_REPAIR_REASON = 1000;

type World = Pick<Control, "run" | "history" | "redriveRun" | "startRun"> & {
  readonly ports: Pick<Ports, "records" | "artifacts" | "clock">;
};

/**
 * Makes a failed run go on from `step`. Without another input, Step Functions redrives it. With one, or
 * where it can no longer be redriven, a new run of the deployed workflow begins, which takes the results
 * of steps that have finished for the same input; approvals of the same evidence stand. Asked once more
 * in the same words, it finds what it has done. Throws `RequestError`: `RunNotFound`, `RunNotRepairable`,
 * `InputInvalid`.
 */
export async function repairRun(request: RepairRequest, world: World): Promise<Repaired> {
  const reason = request.reason.trim();
  if (reason === "" || reason.length > MAX_REPAIR_REASON) {
    throw new RequestError(
      "InputInvalid",
      `A repair has a reason of 1 to ${MAX_REPAIR_REASON} characters.`,
    );
  }
  const run = await world.run(request.run);
  checkEnded(run);
  const events: RunEvent[] = [];
  for await (const event of world.history(run.id)) events.push(event);
  const calls = readCalls(events, run.steps);
  const place = placeIn(calls, request, run);
  const asked = { ...request, reason };
  if (request.input === undefined && place.finished === null) {
    const redriven = await redrive(run, place, asked, world);
    if (redriven) return redriven;
  }
  return goOn(run, place, calls, asked, world);
}

function checkEnded({ id, status }: RunDetail): void {
  if (status === "RUNNING") {
    throw new RequestError(
      "RunNotRepairable",
      `The run ${id} is still running.`,
      "A run is repaired when it has failed. Stop it first.",
    );
  }
  if (status === "SUCCEEDED") {
    throw new RequestError(
      "RunNotRepairable",
      `The run ${id} has succeeded: there is nothing to repair.`,
      "See what another input would have come to with `replay --from STEP --input FILE`, or start a new run.",
    );
  }
}

function placeIn(calls: ReadCalls, { step, iteration, input }: RepairRequest, run: RunDetail) {
  const all = [...calls.steps.values()];
  const named = all.filter(
    (each) =>
      (step === undefined ? each.finished === null : each.step === step) &&
      (iteration === undefined || each.iteration === iteration),
  );
  // What failed is meant before what its failure has cut off, and that before what is done.
  const failed = named.filter((each) => each.failed);
  const open = named.filter(({ finished }) => finished === null);
  const meant = [failed, open, named].find(({ length }) => length > 0) ?? [];
  const [place] = meant;
  if (!place) throw notReached(step, iteration, all, run);
  if (meant.length > 1) {
    const places = meant.slice(0, 20).map(shown).join(", ");
    throw new RequestError(
      "InputInvalid",
      `More than one step is meant: ${places}.`,
      "Say which with --step and --iteration.",
    );
  }
  if (input !== undefined && place.input === undefined) {
    throw new RequestError(
      "RunNotRepairable",
      `"${place.step}" is an approval: what it was asked about cannot be another.`,
      "Repair the step that its evidence comes from.",
    );
  }
  return place;
}

function notReached(
  step: string | undefined,
  iteration: string | undefined,
  all: readonly CalledStep[],
  { id }: RunDetail,
): RequestError {
  const where = iteration === undefined ? "" : ` in the iteration ${iteration}`;
  return new RequestError(
    "RunNotRepairable",
    step === undefined
      ? `No step of the run ${id} has failed${where}: it was ended from outside, or by an expression.`
      : `The run ${id} has not come to a step "${step}"${where}.`,
    all.length === 0
      ? "It has called no step: start a new run."
      : `It has come to ${[...new Set(all.map((each) => each.step))].join(", ")}. Name one with --step.`,
  );
}

const shown = ({ step, iteration }: CalledStep) =>
  iteration === "" ? step : `${step} [${iteration}]`;

/** Undefined if Step Functions does not (any more): https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
async function redrive(
  { id }: RunDetail,
  place: CalledStep,
  { by, reason }: RepairRequest,
  world: World,
): Promise<Repaired | undefined> {
  try {
    await world.redriveRun(id);
  } catch (error) {
    if (error instanceof RequestError && error.code === "RunNotRedrivable") return undefined;
    throw error;
  }
  const { step, iteration } = place;
  const data = { how: "redriven", step, iteration, reason };
  const entry = { actor: by, event: REPAIR_EVENTS.repaired, data };
  await appendAudit(runStream(id), entry, world.ports);
  return { run: id, how: "redriven", step, iteration, changed: [], taken: [], again: [] };
}

async function goOn(
  run: RunDetail,
  place: CalledStep,
  calls: ReadCalls,
  request: RepairRequest,
  world: World,
): Promise<Repaired> {
  checkRepeatable(calls, run);
  const { step, iteration } = place;
  const { by, reason } = request;
  const { artifacts } = world.ports;
  const input =
    request.input === undefined ? undefined : await storeLargeValues(request.input, artifacts);
  const done = [...calls.steps.values()].filter((each) => each !== place && each.finished !== null);
  const document: RepairDocument = {
    format: 1,
    inputs: input === undefined ? {} : { [placeOf(step, iteration)]: input },
    results: Object.fromEntries(
      done.flatMap((each) =>
        each.input === undefined || !each.finished
          ? []
          : [[placeOf(each.step, each.iteration), each.finished] as const],
      ),
    ),
  };
  const text = JSON.stringify({ document, input: run.input });
  if (text.includes(MASKED)) throw masked(run);
  const changed = request.input === undefined ? [] : pathsOf(place.input ?? null, request.input);
  const repair: Repair = {
    of: { id: run.id, startedAt: run.startedAt },
    ...{ step, iteration, by, reason, changed },
    document: await artifacts.put(Buffer.from(JSON.stringify(document)), {
      mediaType: "application/json",
      name: "repair.json",
    }),
  };
  const started = await world.startRun({
    workflow: run.workflow,
    input: run.input,
    // Whose matter it is stays the same; who repairs it stands in the repair.
    principal: run.principal,
    ...(run.customer !== null && { customer: run.customer }),
    name: nameOf(run.id, repair),
    repair,
  });
  await link(run.id, started.id, repair, world.ports);
  return {
    run: started.id,
    how: "new run",
    ...{ step, iteration, changed },
    taken: [...new Set(done.map((each) => each.step))],
    again: calls.others.map(({ state }) => state),
  };
}

/** What another workflow has done is not known to this one: it would all be done again. */
function checkRepeatable({ others }: ReadCalls, { id }: RunDetail): void {
  const other = others.find(({ resource }) => resource.startsWith("states:"));
  if (!other) return;
  throw new RequestError(
    "RunNotRepairable",
    `"${other.state}" of the run ${id} has run another workflow, and a new run would run that once more.`,
    "Redrive the run, or repair it without another input while it can be redriven.",
  );
}

/** As the run's masks are written: what is kept of a run after Step Functions has forgotten it. */
const MASKED = "[masked:";

function masked({ id }: RunDetail): RequestError {
  return new RequestError(
    "RunNotRepairable",
    `Of the run ${id} only masked values are kept, and a new run cannot go on from those.`,
    "Start a new run with the whole input.",
  );
}

/** The same repair gives the same name, and so the same run. */
function nameOf(run: string, { document, by, reason }: Repair): string {
  const digest = digestOfJson({ document: document.$artifact, by, reason });
  return `${run.slice(0, 60)}-repair-${digest.slice(-8)}`;
}

async function link(
  from: string,
  to: string,
  { by, reason, step, iteration, changed, document }: Repair,
  ports: Pick<Ports, "records" | "clock">,
): Promise<void> {
  const { repaired, continues } = REPAIR_EVENTS;
  const about = { step, iteration, reason, changed: [...changed], document: document.$artifact };
  const once = (stream: string, event: string, data: JsonObject) => {
    const id = `${event}#${to}`;
    const entry = { actor: by, event, data: { ...about, ...data, id } };
    return appendAuditOnce(runStream(stream), entry, id, ports);
  };
  await once(from, repaired, { how: "new run", run: to });
  await once(to, continues, { of: from });
}

function pathsOf(before: Json, after: Json): string[] {
  return differences(before, after)
    .map(({ path }) => textOf(path))
    .slice(0, MOST_PATHS);
}

const MOST_PATHS = 50;

function textOf(path: readonly (string | number)[]): string {
  let text = "";
  for (const part of path) {
    text += typeof part === "number" ? `[${part}]` : text === "" ? part : `.${part}`;
  }
  return text === "" ? "(whole)" : text;
}
