/** A three-way diff as one HTML file that needs nothing else, runs nothing, and loads nothing. */
import { createHash } from "node:crypto";
import { raw } from "hono/html";
import { html, join, type Markup, nothing } from "../../pages/markup.ts";
import { STYLE } from "../../pages/style.ts";
import { plainText, visibleText } from "../../pages/visible-text.ts";
import type {
  Because,
  ThreeWay,
  ThreeWayDifference,
  ThreeWayStep,
} from "../../replay/three-way/index.ts";
import { placeText } from "../../replay/three-way/side.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import { changesView } from "./changes-view.ts";
import { THREE_WAY_STYLE } from "./three-way-style.ts";
import {
  aspectText,
  becauseText,
  isChanged,
  isDifferent,
  openTexts,
  sideText,
  totalsText,
  verdictText,
  viaText,
} from "./three-way-words.ts";

const STYLES = `${STYLE}${THREE_WAY_STYLE}`;
const HASH = createHash("sha256").update(STYLES).digest("base64");
const POLICY = `default-src 'none'; style-src 'sha256-${HASH}'; base-uri 'none'; form-action 'none'`;

/** Steps that differ and are shown whole; of more, the first. */
const MOST_STEPS = 200;

/** Everything that is not ours is escaped. */
export function threeWayPage(threeWay: ThreeWay): string {
  const { run, steps, end, totals, bundles } = threeWay;
  const odd = steps.filter(isDifferent);
  const same = steps.filter((step) => !isDifferent(step));
  const title = `${run.workflow}: one run, two bundles`;
  const bundle = ({ digest, version }: ThreeWay["bundles"]["old"]) =>
    `${version === null ? "not kept" : version} (${shortDigest(digest)})`;
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${plainText(title)}</title>
<style>${raw(STYLES) as Markup}</style>
</head>
<body class="wide">
<a class="skip" href="#main">To the content</a>
<header><span class="brand">Espalier</span><span>replayed offline; nothing outside was reached</span></header>
<main id="main" tabindex="-1">
<h1>${plainText(title)}</h1>
${verdictView(threeWay)}
<dl class="facts">
<div><dt>Run</dt><dd>${plainText(run.id)}, started ${plainText(run.startedAt)}</dd></div>
<div><dt>Old</dt><dd>${plainText(bundle(bundles.old))} · ${totalsText(totals.old)}</dd></div>
<div><dt>Current</dt><dd>${plainText(bundle(bundles.current))} · ${totalsText(totals.current)}</dd></div>
</dl>
<h2 id="path">The path</h2>
${pathView(steps)}
<h2 id="result">The result</h2>
${
  end.differences.length === 0
    ? html`<p>Nothing differs in what the run gives.</p>`
    : differencesView(end.differences, end.notShown, threeWay)
}
<h2 id="changes">What is different between the bundles</h2>
${changesView(threeWay)}
${odd.length > 0 && html`<h2 id="steps">Step by step</h2>`}
${join(odd.slice(0, MOST_STEPS).map((step) => stepView(step, threeWay)))}
${odd.length > MOST_STEPS && html`<p><b class="odd">${odd.length - MOST_STEPS} more steps differ; --json has them all.</b></p>`}
${same.length > 0 && sameView(same)}
</main>
</body>
</html>
`);
}

function verdictView(threeWay: ThreeWay): Markup {
  const { verdict, expected } = threeWay;
  const isMet = expected?.off.current === 0;
  const kind = isMet || verdict === "same" || verdict === "better" ? "yes" : "wait";
  const open = openTexts(threeWay).map((text) => html`<li>${visibleText(text)}</li>`);
  return html`<div class="box ${verdict === "worse" ? "no" : kind}"><p class="verdict">${verdictText(threeWay)}</p>
${open.length > 0 && html`<ul>${open}</ul>`}</div>`;
}

/** One entry a step, however often it ran. */
function pathView(steps: readonly ThreeWayStep[]): Markup {
  const places = new Map<string, ThreeWayStep[]>();
  for (const step of steps) places.set(step.step, [...(places.get(step.step) ?? []), step]);
  const entries = [...places].map(([name, all]) => {
    const first = all.find(isDifferent);
    const verdicts = new Set(all.map(({ verdict }) => verdict));
    const [only] = verdicts;
    const shown = verdicts.size === 1 && only ? only : "differs";
    const times = all.length > 1 ? html` <span class="times">×${all.length}</span>` : nothing;
    const text = html`${visibleText(name)}${times}<span class="sr">, ${shown}</span>`;
    return html`<li class="${shown}">${first ? html`<a href="#${idOf(first)}">${text}</a>` : text}</li>`;
  });
  return html`<ol class="path">${entries}</ol>
<p class="legend soft"><span class="same">same</span> <span class="differs">differs</span> <span class="new">new</span> <span class="gone">gone</span></p>`;
}

/** Step ids are names; an iteration has digits and dots. */
function idOf({ step, iteration }: ThreeWayStep): string {
  return `step-${step}-${iteration}`.replaceAll(/[^\w.-]/g, "_");
}

const NEEDS = {
  model: "a model is to be asked",
  decision: "a person is to decide",
  world: "only the world can answer",
} as const;

function stepView(step: ThreeWayStep, threeWay: ThreeWay): Markup {
  const { kind, verdict, needs, differences, notShown } = step;
  const badge = html`<span class="mark ${verdict}">${verdict}</span>`;
  const open = needs ? html` <span class="mark wait">${NEEDS[needs]}</span>` : nothing;
  return html`<section id="${idOf(step)}" class="step"><h3>${visibleText(placeText(step))} <span class="soft">${kind}</span> ${badge}${open}</h3>
${differences.length > 0 ? differencesView(differences, notShown, threeWay) : nothing}</section>
`;
}

/** Rows of one table that are not folded. */
const SHOWN = 8;

function differencesView(
  differences: readonly ThreeWayDifference[],
  notShown: number,
  { changes, expected }: ThreeWay,
): Markup {
  const hasExpected = expected !== null && differences.some((each) => each.isExpected !== null);
  const rows = differences.map((each) =>
    rowView(each, hasExpected, becauseView(each.because, changes)),
  );
  const more = rows.length - SHOWN;
  return html`${tableView(rows.slice(0, SHOWN), hasExpected)}
${more > 0 && html`<details><summary>${more} more</summary>${tableView(rows.slice(SHOWN), hasExpected)}</details>`}
${notShown > 0 && html`<p><b class="odd">${notShown} more differences; --json has the first hundred.</b></p>`}`;
}

function tableView(rows: readonly Markup[], hasExpected: boolean): Markup {
  const wanted = hasExpected ? html`<th scope="col">Expected</th>` : nothing;
  return html`<table class="three"><thead><tr><th scope="col">What</th><th scope="col">Old</th><th scope="col">Current</th>${wanted}<th scope="col">Because of</th></tr></thead>
<tbody>${rows}</tbody></table>`;
}

function rowView(each: ThreeWayDifference, hasExpected: boolean, reason: Markup): Markup {
  const isRight = each.isExpected === null ? "" : each.isExpected ? " right" : " wrong";
  const said = each.isExpected ? " (as expected)" : " (not as expected)";
  const note = each.isExpected === null ? nothing : html`<span class="sr">${said}</span>`;
  const now = isChanged(each)
    ? sideView(each, "current")
    : html`<span class="soft">as before</span>`;
  const wanted = each.isExpected === null ? nothing : sideView(each, "expected");
  return html`<tr>
<th scope="row"><span class="soft">${aspectText(each)}</span> ${placeView(each.path)}</th>
<td data-name="Old" class="was">${sideView(each, "old")}</td>
<td data-name="Current" class="now${isRight}">${now}${note}</td>
${hasExpected && html`<td data-name="Expected">${wanted}</td>`}
<td data-name="Because of" class="why">${reason}</td>
</tr>
`;
}

/** `decisions[3].verdict` may be broken after its dots. */
function placeView(path: string): Markup {
  return join(path.split(/(?<=[.\]])/).map((part) => html`${visibleText(part)}<wbr>`));
}

/** Longer values are folded. */
const LONG = 160;

/** Texts stand as they are, without the quotes that JSON puts around them. */
function sideView(each: ThreeWayDifference, side: "old" | "current" | "expected"): Markup {
  const value = each[side];
  if (value === undefined) return html`<span class="soft">${sideText(each, side)}</span>`;
  if (value === "") return html`<span class="soft">empty</span>`;
  const isText = typeof value === "string";
  const text = isText ? value : sideText(each, side);
  const shown = (part: Markup) =>
    isText
      ? html`<span class="value text" dir="auto">${part}</span>`
      : html`<code class="value">${part}</code>`;
  if (text.length <= LONG) return shown(visibleText(text));
  return html`<details><summary>${shown(html`${visibleText(text.slice(0, 80))}…`)}</summary>${shown(visibleText(text))}</details>`;
}

function becauseView(because: readonly Because[], changes: ThreeWay["changes"]): Markup {
  const all = because.map((each) => {
    const text = visibleText(becauseText(each, changes));
    const via = viaText(each);
    const cause =
      each.kind === "change" ? html`<a href="#change-${each.change}">${text}</a>` : text;
    return html`<li>${cause}${via !== "" && html` <span class="soft">${visibleText(via)}</span>`}</li>`;
  });
  return all.length === 0 ? nothing : html`<ul>${all}</ul>`;
}

function sameView(steps: readonly ThreeWayStep[]): Markup {
  const rows = steps.map(
    (step) =>
      html`<li>${visibleText(placeText(step))} <span class="soft">${step.kind}, ${step.current?.outcome ?? ""}</span></li>`,
  );
  return html`<details class="same"><summary>${steps.length} ${steps.length === 1 ? "step is" : "steps are"} the same</summary><ul>${rows}</ul></details>`;
}
