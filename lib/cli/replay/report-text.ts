/** A replay's report, for people, in 80 columns. */
import type { Difference, ReplayedStep, ReplayReport } from "../../replay/index.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable, truncate } from "../text/table.ts";
import { wrap } from "../text/wrap.ts";

const HOW = { run: "ran again", record: "as recorded", live: "asked a model", none: "" } as const;

/** A mask that stands in for a value is nobody's mistake. */
const SAME: ReadonlySet<string> = new Set(["same", "masked"]);

/** Differences that are shown of one step. */
const SHOWN = 5;
const SHOWN_PATH = 12;

export function reportText(report: ReplayReport, out: Output): string[] {
  const { color, width } = out;
  const { run, bundle, steps, against } = report;
  const rows = steps.map((step) => [nameOf(step), step.kind, HOW[step.how], step.verdict]);
  const isSame = (row: number) => SAME.has(steps[row]?.verdict ?? "");
  const paint = (cell: string, row: number) =>
    isSame(row) ? color.green(cell) : color.yellow(cell);
  const odd = steps.filter(({ verdict }) => !SAME.has(verdict));
  return [
    `${color.bold(safeText(run.workflow))}  ${safeText(run.id)}`,
    `  bundle   ${shortDigest(run.digest)}${against ? `, replayed on ${shortDigest(bundle.digest)} (${safeText(bundle.version)})` : ", its own"}`,
    "",
    ...renderTable(
      [
        { title: "STEP", shrink: true },
        { title: "KIND" },
        { title: "HOW" },
        { title: "RESULT", paint },
      ],
      rows,
      width,
    ),
    ...odd.flatMap((step) => ["", ...stepText(step, out)]),
    ...pathText(report),
    "",
    ...endText(report, out),
  ].map((line) => (color.isColorSupported ? line : truncate(line, width)));
}

function stepText(step: ReplayedStep, { color, width }: Output): string[] {
  const { cause, differences } = step;
  const more = differences.length - SHOWN;
  return [
    `${color.bold(nameOf(step))}: ${step.verdict}`,
    ...(cause ? wrap(`because of the ${cause.source}: ${safeText(cause.what)}`, width, "  ") : []),
    ...(cause?.at ? [`  at ${safeText(cause.at)}`] : []),
    ...differences.slice(0, SHOWN).flatMap((each) => differenceText(each, width)),
    ...(more > 0 ? [`  … ${more} more (--json)`] : []),
  ];
}

function differenceText({ path, ...sides }: Difference, width: number): string[] {
  const show = (sign: string, side: "recorded" | "replayed") =>
    truncate(`    ${sign} ${safeText(JSON.stringify(sides[side]) ?? "(nothing)")}`, width);
  return [
    truncate(`  ${safeText(path === "" ? "(all)" : path)}`, width),
    show("-", "recorded"),
    show("+", "replayed"),
  ];
}

function pathText({ missing, path }: ReplayReport): string[] {
  const lost = missing.map(
    ({ state, iteration }) => `  not called any more: ${safeText(state)}${place(iteration)}`,
  );
  const changed = path.map(
    ({ state, recorded, replayed }) =>
      `  ${safeText(state)} entered ${times(replayed)}, ${times(recorded)} before`,
  );
  const all = [...lost, ...changed];
  const more = all.length - SHOWN_PATH;
  if (all.length === 0) return [];
  const rest = more > 0 ? [`  … ${more} more (--json)`] : [];
  return ["", "Another path:", ...all.slice(0, SHOWN_PATH), ...rest];
}

function endText(
  { end, isIdentical, steps, against, first, masks }: ReplayReport,
  { color, width }: Output,
) {
  if (isIdentical) {
    const again = steps.filter(({ how }) => how === "run").length;
    const ended = end.isSame ? `, and the same end (${end.recorded.status})` : "";
    const asFar =
      masks && (masks.calls > 0 || masks.path) ? ", as far as masks let it be told" : "";
    return [
      `${color.green("Identical")}${asFar}: ${steps.length} calls, ${again} of them run again${ended}.`,
      ...maskText(masks),
    ];
  }
  const begin = first === null ? undefined : steps[first];
  return [
    against
      ? `${color.yellow("Different")}${begin ? `, first at ${nameOf(begin)}` : ""}.`
      : `${color.red("Not identical")}${begin ? `: it begins at ${nameOf(begin)}` : ""}.`,
    ...(end.isSame
      ? [`  The run ends the same: ${end.recorded.status}.`]
      : [
          `  The run ends with another result: ${end.recorded.status}, now ${end.replayed.status}.`,
          ...end.differences.slice(0, SHOWN).flatMap((each) => differenceText(each, width)),
        ]),
  ];
}

function maskText(masks: ReplayReport["masks"]): string[] {
  if (!masks) return [];
  const calls = `${masks.calls} ${masks.calls === 1 ? "call works" : "calls work"}`;
  return [
    ...(masks.calls > 0
      ? [`  ${calls} on masks in place of values, and made something else of them.`]
      : []),
    ...(masks.path ? ["  The run goes another way, or ends otherwise, for no other reason."] : []),
  ];
}

function nameOf({ step, state, iteration, call }: ReplayedStep): string {
  const stage = state === step ? "" : ` (${state})`;
  return safeText(`${step}${place(iteration)}${stage}${call > 0 ? ` #${call + 1}` : ""}`);
}

const place = (iteration: string) => (iteration === "" ? "" : `[${iteration}]`);
const times = (count: number) => (count === 1 ? "once" : `${count} times`);
