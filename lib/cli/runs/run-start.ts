import type { RunRecord } from "../../runtime/control.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import type { Invocation } from "../command.ts";
import { safeText } from "../text/safe-text.ts";
import { placeText, type RuntimePlace } from "./place.ts";

/** The heading above a run's steps: what runs, under which id, and where. */
export function printStart({ out }: Invocation, run: RunRecord, place: RuntimePlace): void {
  out.line(`${out.color.bold(safeText(run.workflow))} ${safeText(run.version)}`);
  out.line(`  run     ${run.id}`);
  out.line(`  bundle  ${shortDigest(run.digest)}`);
  out.line(`  driven  ${placeText(place)}`);
  out.line();
}
