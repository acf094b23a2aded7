/** A three-way diff on a terminal, in 80 columns: what became of it first, then step by step. */
import type {
  Because,
  ThreeWay,
  ThreeWayDifference,
  ThreeWayStep,
} from "../../replay/three-way/index.ts";
import { placeText } from "../../replay/three-way/side.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { truncate } from "../text/table.ts";
import { wrap } from "../text/wrap.ts";
import {
  becauseText,
  changeName,
  isChanged,
  isDifferent,
  named,
  openTexts,
  sideText,
  totalsText,
  verdictText,
  viaText,
  whatText,
} from "./three-way-words.ts";

/** Differences of one step that are shown. */
const SHOWN = 6;

export function threeWayText(threeWay: ThreeWay, out: Output): string[] {
  const { color, width } = out;
  const { run, bundles, steps, end, totals } = threeWay;
  const paint = { same: color.green, better: color.green, worse: color.red, other: color.yellow };
  const bundle = ({ digest, version }: ThreeWay["bundles"]["old"]) =>
    `${shortDigest(digest)}${version === null ? ", not kept" : `, version ${safeText(version)}`}`;
  const same = steps.filter((step) => !isDifferent(step)).map(({ step }) => step);
  const result = end.differences.length === 0 ? [] : ["", ...endText(threeWay, out)];
  return [
    `${color.bold(safeText(run.workflow))}  ${safeText(run.id)}`,
    `  old      ${bundle(bundles.old)}`,
    `  current  ${bundle(bundles.current)}`,
    "",
    paint[threeWay.verdict](verdictText(threeWay)),
    ...openTexts(threeWay).flatMap((line) => wrap(safeText(line), width, "  ")),
    ...changesText(threeWay, out),
    ...result,
    ...steps.filter(isDifferent).flatMap((step) => ["", ...stepText(step, threeWay, out)]),
    "",
    ...(same.length > 0 ? wrap(`The same: ${safeText(named(same))}`, width, "") : []),
    `Old      ${totalsText(totals.old)}`,
    `Current  ${totalsText(totals.current)}`,
  ].map((line) => (color.isColorSupported ? line : truncate(line, width)));
}

function changesText({ changes }: ThreeWay, { color, width }: Output): string[] {
  if (changes === null || changes.length === 0) return [];
  const lines = changes.map(
    (change) => `${change.change.padEnd(7)} ${safeText(changeName(change))}`,
  );
  const more = lines.length - 2 * SHOWN;
  return [
    "",
    color.bold("Between the bundles"),
    ...lines.slice(0, 2 * SHOWN).map((line) => truncate(`  ${line}`, width)),
    ...(more > 0 ? [`  … ${more} more (--json)`] : []),
  ];
}

function endText({ end, changes }: ThreeWay, out: Output): string[] {
  const { old, current } = end.status;
  const title = `The run's result${old === current ? "" : ` (${old}, now ${current})`}`;
  return [out.color.bold(title), ...differencesText(end.differences, changes, out, end.notShown)];
}

function stepText(step: ThreeWayStep, { changes }: ThreeWay, out: Output): string[] {
  const title = `${out.color.bold(safeText(placeText(step)))} (${step.kind}): ${step.verdict}`;
  return [title, ...differencesText(step.differences, changes, out, step.notShown)];
}

/** One cause is said once for all in a row that have it. */
function differencesText(
  differences: readonly ThreeWayDifference[],
  changes: ThreeWay["changes"],
  { color, width }: Output,
  notShown: number,
): string[] {
  const lines: string[] = [];
  const shown = differences.slice(0, SHOWN);
  for (const [index, each] of shown.entries()) {
    lines.push(...differenceText(each, width, color));
    const reason = reasonOf(each.because, changes);
    const next = shown[index + 1];
    if (reason === "" || (next && reasonOf(next.because, changes) === reason)) continue;
    lines.push(...wrap(safeText(reason), width, "    ").map((line) => color.dim(line)));
  }
  const more = differences.length - shown.length + notShown;
  return more > 0 ? [...lines, `  … ${more} more (--json, --html)`] : lines;
}

function differenceText(each: ThreeWayDifference, width: number, color: Output["color"]): string[] {
  const side = (name: "old" | "current" | "expected") => safeText(sideText(each, name));
  const mark = each.isExpected === null ? "" : each.isExpected ? ", as expected" : "";
  const wanted = each.isExpected === false ? `, expected ${side("expected")}` : "";
  const what = `  ${safeText(whatText(each))}: `;
  const line = isChanged(each)
    ? `${what}${side("old")} → ${side("current")}${mark}${wanted}`
    : `${what}${side("current")}, as before${wanted}`;
  const paint = each.isExpected === null ? String : each.isExpected ? color.green : color.red;
  if (line.length <= width) return [paint(line)];
  return [
    truncate(what.trimEnd(), width),
    truncate(`    old       ${side("old")}`, width),
    paint(truncate(`    current   ${side("current")}`, width)),
    ...(each.isExpected === null ? [] : [truncate(`    expected  ${side("expected")}`, width)]),
  ];
}

function reasonOf(because: readonly Because[], changes: ThreeWay["changes"]): string {
  if (because.length === 0) return "";
  const texts = because.map((each) =>
    [becauseText(each, changes), viaText(each)].filter(Boolean).join(", "),
  );
  return `because of ${texts.join("; and ")}`;
}
