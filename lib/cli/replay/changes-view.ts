/** What is different between two bundles, part by part, and how much of a run each part explains. */
import type { Change } from "../../bundle/index.ts";
import { html, join, type Markup, nothing } from "../../pages/markup.ts";
import { visibleText } from "../../pages/visible-text.ts";
import type { ThreeWay } from "../../replay/three-way/index.ts";
import { changeName } from "./three-way-words.ts";

export function changesView({ changes, steps, end }: ThreeWay): Markup {
  if (changes === null) return html`<p>Not known: one of them is not kept with its manifest.</p>`;
  if (changes.length === 0) return html`<p>Nothing.</p>`;
  const explains = new Map<number, number>();
  for (const { because } of [...steps, end].flatMap(({ differences }) => differences)) {
    for (const cause of because) {
      if (cause.kind === "change")
        explains.set(cause.change, (explains.get(cause.change) ?? 0) + 1);
    }
  }
  const all = changes.map((change, index) => ({ change, index, count: explains.get(index) ?? 0 }));
  const [telling, silent] = [
    all.filter(({ count }) => count > 0),
    all.filter(({ count }) => count === 0),
  ];
  const views = (some: typeof all) => join(some.map((each) => changeView(each)));
  return html`${views(telling)}
${
  silent.length === 0
    ? nothing
    : html`<details><summary>${silent.length} ${silent.length === 1 ? "change leads" : "changes lead"} to no difference in this run</summary>${views(silent)}</details>`
}`;
}

function changeView({
  change,
  index,
  count,
}: {
  readonly change: Change;
  readonly index: number;
  readonly count: number;
}): Markup {
  const { says, text, along } = change;
  const effect =
    count === 0 ? "" : `, explains ${count === 1 ? "1 difference" : `${count} differences`}`;
  const lines = [...says, ...along.map((each) => `and with it ${each}`)].map(
    (line) => html`<li>${visibleText(line)}</li>`,
  );
  return html`<section class="change" id="change-${index}"><h3>${visibleText(changeName(change))} <span class="soft">${change.change}${effect}</span></h3>
${lines.length > 0 && html`<ul>${lines}</ul>`}
${text !== null && patchView(text)}</section>
`;
}

/** A unified diff, a line each. */
function patchView(text: string): Markup {
  const lines = text
    .trimEnd()
    .split("\n")
    .filter((line) => !/^(?:---|\+\+\+|===)/.test(line));
  const views = lines.map((line) => {
    if (line.startsWith("+")) return html`<ins>${visibleText(line)}</ins>`;
    if (line.startsWith("-")) return html`<del>${visibleText(line)}</del>`;
    return html`<span>${visibleText(line)}</span>`;
  });
  return html`<div class="patch" tabindex="0" role="region" aria-label="Lines that differ">${views}</div>`;
}
