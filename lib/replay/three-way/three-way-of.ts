/** Compares a run, its replay on another bundle, and what somebody expects. */
import { diffParts } from "../../bundle/diff/index.ts";
import { bundleParts } from "../../bundle/lock/bundle-parts.ts";
import type { Plan } from "../../compiler/plan.ts";
import type { Json } from "../../runtime/json.ts";
import type { ReplayBundle } from "../bundle-snapshot.ts";
import type { RecordedRun } from "../recorded-run.ts";
import { type ReplayOptions, replayRun } from "../replay-run.ts";
import type { End, ReplayReport } from "../report.ts";
import { artifactContents, withContents } from "./artifact-contents.ts";
import { type BundleView, bundleView } from "./bundle-view.ts";
import { type Expected, expectedWith, readExpected } from "./expected.ts";
import { countDifferences, isSame, jsonDifferences, pathText } from "./json-differences.ts";
import { Observed } from "./observed.ts";
import { type Found, pairSteps, type StepPair } from "./pair-steps.ts";
import { placeText, type SideSteps, sideSteps } from "./side.ts";
import { StepChanges } from "./step-changes.ts";
import type {
  Because,
  Sides,
  ThreeWay,
  ThreeWayDifference,
  ThreeWayStep,
  ThreeWayVerdict,
  Totals,
} from "./three-way.ts";
import { CauseTracer } from "./trace-causes.ts";
import { totalUsage } from "./usage.ts";

/** Differences of one step that are told. */
const MOST = 100;

/**
 * Replays the run on another bundle (`replayRun`, with its errors), and compares. `expected` is JSON as
 * `readExpected` takes it; absent: nothing is expected.
 */
export async function replayThreeWay(
  recorded: RecordedRun,
  bundle: ReplayBundle,
  options: Omit<ReplayOptions, "observer">,
  expected?: Json,
): Promise<{ readonly report: ReplayReport; readonly threeWay: ThreeWay }> {
  const observed = new Observed();
  const report = await replayRun(recorded, bundle, { ...options, observer: observed });
  const sides = { old: options.own ?? null, current: bundle };
  const repaired = options.input === undefined ? undefined : options.from;
  const wanted = expected === undefined ? null : readExpected(expected);
  return {
    report,
    threeWay: await threeWayOf({ recorded, report, observed, repaired }, sides, wanted),
  };
}

interface Replayed {
  readonly recorded: RecordedRun;
  readonly report: ReplayReport;
  readonly observed: Observed;
  readonly repaired: string | undefined;
}

async function threeWayOf(
  { recorded, report, observed, repaired }: Replayed,
  bundles: { readonly old: ReplayBundle | null; readonly current: ReplayBundle },
  expected: Expected | null,
): Promise<ThreeWay> {
  const current = viewOf(bundles.current);
  const old = bundles.old && viewOf(bundles.old);
  const isKnown = old !== null && old.parts.size > 0 && current.parts.size > 0;
  const changes = isKnown ? diffParts([...old.parts.values()], [...current.parts.values()]) : null;
  const given = await givenBy(
    { recorded, report, observed, repaired },
    (old ?? current).plan,
    current.plan,
  );
  const wanted = expected && expectedWith(expected, given.contents);
  const pairs = pairSteps({
    ...{ recorded, observed, old, current, steps: given.steps },
    expected: (place) => wanted?.steps.get(place),
  });
  const views = { old: old ?? current, current };
  const tracer = new CauseTracer(pairs, views, new StepChanges(changes ?? [], views), repaired);
  const steps = pairs.map((pair) => stepOf(pair, tracer));
  const end = endOf(given.end, wanted, tracer);
  const off = wanted && offExpected(given.end, wanted, pairs);
  const isSameAll = [end, ...steps].every(({ differences }) => differences.every(isKept));
  return {
    format: 1,
    run: report.run,
    bundles: {
      old: { digest: report.run.digest, version: old?.plan.version ?? null },
      current: report.bundle,
    },
    verdict: verdictOf(isSameAll, off),
    expected: off && { off },
    open: steps.flatMap(({ step, iteration, needs }) =>
      needs ? [{ step, iteration, needs }] : [],
    ),
    ...{ end, steps, changes },
    totals: { old: totalsOf(steps, "old"), current: totalsOf(steps, "current") },
  };
}

/** What both have given, with what stands in artifacts in their place. */
async function givenBy(
  { recorded, report: { end }, observed }: Replayed,
  old: Plan,
  current: Plan,
) {
  const steps = {
    old: sideSteps(recorded.events, old),
    current: sideSteps(observed.events, current, observed.names),
  };
  const ends = { old: end.recorded, current: end.replayed };
  const valuesOf = (side: keyof Sides<unknown>) => [
    ends[side].output,
    ...[...steps[side].values()].map(({ output }) => output ?? null),
  ];
  const { artifacts } = observed;
  const contents = await artifactContents(valuesOf("old"), valuesOf("current"), artifacts);
  const full = (side: SideSteps): SideSteps =>
    new Map(
      [...side].map(([key, { output, ...step }]) => {
        const value = output === undefined ? undefined : withContents(output, contents);
        return [key, { ...step, output: value }];
      }),
    );
  const fullEnd = (each: End): End => ({ ...each, output: withContents(each.output, contents) });
  return {
    contents,
    steps: { old: full(steps.old), current: full(steps.current) },
    end: { old: fullEnd(ends.old), current: fullEnd(ends.current) },
  };
}

function viewOf(bundle: ReplayBundle): BundleView {
  const content = bundle.content?.();
  return bundleView(bundle.plan, content ? bundleParts(content) : []);
}

function stepOf(pair: StepPair, tracer: CauseTracer): ThreeWayStep {
  const { step, iteration, kind, parent, needs, facts, found, old, current } = pair;
  const differences = found
    .slice(0, MOST)
    .map((each) => differenceOf(each, () => tracer.because(pair, each)));
  const isSameStep = found.every((each) => isSame(each.old, each.current));
  return {
    ...{ step, iteration, kind, parent, needs },
    verdict: !old ? "new" : !current ? "gone" : isSameStep ? "same" : "differs",
    ...{ old: facts.old, current: facts.current, differences },
    notShown: Math.max(0, found.length - MOST),
  };
}

function differenceOf(found: Found, because: () => readonly Because[]): ThreeWayDifference {
  const { aspect, path, isWanted = false, ...sides } = found;
  const isChanged = !isSame(sides.old, sides.current);
  return {
    ...{ aspect, path: pathText(path) },
    ...("old" in sides && { old: sides.old }),
    ...("current" in sides && { current: sides.current }),
    ...("expected" in sides && { expected: sides.expected }),
    isExpected: isWanted ? isSame(sides.current, sides.expected) : null,
    because: isChanged ? because() : [],
  } as ThreeWayDifference;
}

function endOf(
  { old, current }: Sides<End>,
  expected: Expected | null,
  tracer: CauseTracer,
): ThreeWay["end"] {
  const [before, now] = [old.error ?? old.status, current.error ?? current.status];
  const found: readonly Found[] = [
    ...(before === now ? [] : [{ aspect: "path" as const, path: [], old: before, current: now }]),
    ...jsonDifferences(old.output, current.output, expected?.output).map((each) => ({
      ...each,
      aspect: "output" as const,
    })),
  ];
  return {
    status: { old: old.status, current: current.status },
    differences: found
      .slice(0, MOST)
      .map((each) => differenceOf(each, () => tracer.becauseOfEnd(each.path))),
    notShown: Math.max(0, found.length - MOST),
  };
}

function isKept({ old, current }: ThreeWayDifference): boolean {
  return isSame(old, current);
}

function offExpected(
  end: Sides<End>,
  { output, steps }: Expected,
  pairs: readonly StepPair[],
): Sides<number> {
  const off = (side: "old" | "current") => {
    const whole = output === undefined ? 0 : countDifferences(end[side].output, output);
    const places = [...steps].map(([place, value]) => {
      const found = pairs.find((pair) => placeText(pair) === place);
      return countDifferences(found?.[side]?.output, value);
    });
    return places.reduce((sum, each) => sum + each, whole);
  };
  return { old: off("old"), current: off("current") };
}

function verdictOf(isSameAll: boolean, off: Sides<number> | null): ThreeWayVerdict {
  if (off && off.current < off.old) return "better";
  if (off && off.current > off.old) return "worse";
  return isSameAll ? "same" : "other";
}

/** What nobody knows counts as it was. */
function totalsOf(steps: readonly ThreeWayStep[], side: keyof Sides<unknown>): Totals {
  const there = steps.filter((step) => step[side] !== null);
  const usages = there.flatMap((step) => step[side]?.usage ?? step.old?.usage ?? []);
  const durationMs = there
    .filter(({ kind }) => kind !== "approval")
    .reduce((sum, step) => sum + (step[side]?.durationMs ?? 0), 0);
  return { ...totalUsage(usages), durationMs };
}
