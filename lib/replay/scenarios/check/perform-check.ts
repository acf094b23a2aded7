/** One check of a scenario's run. */
import { isDeepStrictEqual } from "node:util";
import type { Plan } from "../../../compiler/plan.ts";
import { millionths } from "../../../manifest/money.ts";
import type { Check } from "../../../manifest/scenario/check.ts";
import type { Json } from "../../../runtime/json.ts";
import { differencesOf, isSameJson } from "../../differences.ts";
import type { Usage } from "../../three-way/three-way.ts";
import { totalUsage } from "../../three-way/usage.ts";
import type { Played } from "../played.ts";
import { ExpressionFailed, evaluate } from "./evaluate.ts";
import { type Judgments, judged } from "./judgments.ts";
import { compileSchema, schemaProblem } from "./schema-check.ts";

export type CheckOutcome =
  | { readonly result: "passed"; readonly message: null }
  | { readonly result: "failed" | "not asked"; readonly message: string };

export interface CheckWorld {
  readonly plan: Plan;
  /** Folder of the bundle, in which schemas are looked for. */
  readonly bundle: string;
  readonly judgments: Judgments;
}

const PASSED: CheckOutcome = { result: "passed", message: null };
/** Differences that a message lists. */
const SHOWN = 3;
const SHOWN_CHARACTERS = 80;

/** Never throws for what the check says: an expression that fails is a check that fails. */
export async function performCheck(
  check: Check,
  played: Played,
  world: CheckWorld,
): Promise<CheckOutcome> {
  try {
    return await perform(check, played, world);
  } catch (error) {
    if (!(error instanceof ExpressionFailed)) throw error;
    return failed(error.message);
  }
}

async function perform(check: Check, played: Played, world: CheckWorld): Promise<CheckOutcome> {
  switch (check.check) {
    case "exact":
      return exact(check.is, await evaluate(check.of, played));
    case "predicate": {
      const value = await evaluate(check.holds, played);
      return value === true ? PASSED : failed(`it is ${shown(value)}, and not true`);
    }
    case "schema": {
      const value = await evaluate(check.of, played);
      if (value === undefined) return failed("there is nothing to look at");
      const problem = schemaProblem(await compileSchema(world.bundle, check.schema), value);
      return problem === undefined ? PASSED : failed(problem);
    }
    case "number": {
      const value = await evaluate(check.of, played);
      if (typeof value !== "number") return failed(`it is ${shown(value)}, and no number`);
      const { is, within } = check;
      const most = typeof within === "number" ? within : Math.abs(is) * within.share;
      // Decimal fractions have no exact sums.
      const isNear =
        Math.abs(value - is) <= most + Number.EPSILON * Math.max(Math.abs(value), Math.abs(is));
      return isNear ? PASSED : failed(`it is ${value}, and not ${is} give or take ${most}`);
    }
    case "end": {
      const { status, error } = played.end;
      const isSame =
        status === check.status && (check.error === undefined || check.error === error);
      const wanted =
        check.error === undefined ? check.status : `${check.status} with ${check.error}`;
      return isSame ? PASSED : failed(`the run ended ${endText(played)}, and not ${wanted}`);
    }
    case "path": {
      const entered = new Set(played.entered);
      const not = check.enters
        .filter((name) => !entered.has(name))
        .map((name) => `${name} was not entered`);
      const too = check.skips
        .filter((name) => entered.has(name))
        .map((name) => `${name} was entered`);
      return passedUnless([...not, ...too]);
    }
    case "calls": {
      const called = new Set(played.called);
      return passedUnless(
        check.none.filter((name) => called.has(name)).map((name) => `${name} was called`),
      );
    }
    case "cost": {
      const { currency } = check.atMost;
      const costs: { readonly [currency: string]: number } = usageOf(played, check.step).costs;
      const other = Object.keys(costs).filter((each) => each !== currency && costs[each] !== 0);
      if (other.length > 0)
        return failed(`it is paid in ${other.join(", ")}, and not in ${currency}`);
      const cost = costs[currency] ?? 0;
      const isWithin = cost <= millionths(check.atMost);
      return isWithin
        ? PASSED
        : failed(`it costs ${cost / 1e6} ${currency}, more than ${check.atMost.amount}`);
    }
    case "turns": {
      const steps = check.step === undefined ? Object.keys(played.usage) : [check.step];
      const over = steps.filter((step) => (played.usage[step]?.turns ?? 0) > check.atMost);
      return passedUnless(
        over.map(
          (step) => `${step} took ${played.usage[step]?.turns} turns, more than ${check.atMost}`,
        ),
      );
    }
    case "judge":
      return judged(check, played, world);
  }
}

function exact(expected: Json, found: Json | undefined): CheckOutcome {
  if (found === undefined) return failed("there is nothing to look at");
  if (isDeepStrictEqual(expected, found) || isSameJson(expected, found)) return PASSED;
  const all = differencesOf(expected, found);
  const said = all.slice(0, SHOWN).map(({ path, recorded, replayed }) => {
    return `${path === "" ? "it" : path} is ${shown(replayed)}, and not ${shown(recorded)}`;
  });
  const more = all.length - said.length;
  return failed(said.join("; ") + (more > 0 ? `; and ${more} more` : ""));
}

function usageOf({ usage }: Played, step: string | undefined): Usage {
  return totalUsage(step === undefined ? Object.values(usage) : [usage[step] ?? []].flat());
}

export function endText({ end: { status, error }, cause }: Played): string {
  if (error === null) return status;
  return cause === null || cause === ""
    ? `${status} with ${error}`
    : `${status} with ${error} (${cause})`;
}

function passedUnless(problems: readonly string[]): CheckOutcome {
  return problems.length === 0 ? PASSED : failed(problems.join("; "));
}

function failed(message: string): CheckOutcome {
  return { result: "failed", message };
}

function shown(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS - 1)}…`;
}
