/** What a call becomes in a run that goes on from another one. */
import { readAll } from "../artifact-handle.ts";
import type { StepCall } from "../call.ts";
import { StepError } from "../errors.ts";
import type { Json } from "../json.ts";
import type { Artifacts } from "../ports.ts";
import { digestOfInput, placeOf, type Repair, type RepairDocument } from "./repair.ts";

/**
 * The result that the step had in the run before, if it was asked for the same; else the call, with
 * the input that the repair gives it. A run without repair costs nothing here. Throws `Step.Failed`
 * where the step had its effect for another input.
 *
 * @param hasEffect whether the step may have changed the world
 */
export async function repairedCall<Call extends StepCall>(
  call: Call,
  hasEffect: boolean,
  artifacts: Pick<Artifacts, "open">,
): Promise<{ readonly call: Call } | { readonly output: Json }> {
  const { repair, step } = call;
  if (!repair) return { call };
  const { inputs, results } = await openRepair(repair, artifacts);
  const place = placeOf(step.id, step.iteration);
  const finished = Object.hasOwn(results, place) ? results[place] : undefined;
  if (finished?.input === digestOfInput(call.input)) return { output: finished.output };
  if (finished && hasEffect) {
    throw new StepError(
      "Step.Failed",
      `"${step.id}" has had its effect in the run ${repair.of.id}, for another input. It is not ` +
        "repeated: undo by hand what it did, and start a new run.",
    );
  }
  const input = Object.hasOwn(inputs, place) ? inputs[place] : undefined;
  return { call: input === undefined ? call : { ...call, input } };
}

/** The last one that was read: calls of one run read the same, and its digest names what it holds. */
let read: { readonly digest: string; readonly document: Promise<RepairDocument> } | undefined;

function openRepair(
  { document: { $artifact: digest } }: Repair,
  artifacts: Pick<Artifacts, "open">,
): Promise<RepairDocument> {
  if (read?.digest !== digest) {
    const document = load(digest, artifacts);
    read = { digest, document };
    document.catch(() => {
      read = undefined;
    });
  }
  return read.document;
}

async function load(digest: string, artifacts: Pick<Artifacts, "open">): Promise<RepairDocument> {
  const text = new TextDecoder().decode(await readAll(artifacts.open(digest)));
  // `repairRun` wrote it, and the artifact has the bytes that its digest names.
  return JSON.parse(text) as RepairDocument;
}
