/** The one style sheet, named after its content so that browsers may keep it for ever. */
import { createHash } from "node:crypto";

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --sheet: #f5f6f8; --ink: #16191f; --soft: #515866; --line: #d4d8df;
  --link: #0b57b0; --yes: #14713a; --no: #a8201a; --on: #fff;
  --warn: #fdf3d7; --warn-line: #c78a00; --bad: #fdeceb; --bad-line: #c5312b; --note: #eaf2fd; --note-line: #3b7dd0;
  --new: #e2f5e8; --old: #fdeceb; --odd: #5b2a86; --odd-back: #f3e8fc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --sheet: #1d2128; --ink: #eceef2; --soft: #a9b1bf; --line: #3a414d;
    --link: #8ebcff; --yes: #7ddba0; --no: #ff9d95; --on: #0e1116;
    --warn: #33290f; --warn-line: #d9a62e; --bad: #3a1a19; --bad-line: #f0857e; --note: #14273f; --note-line: #6ea4ea;
    --new: #123220; --old: #3a1a19; --odd: #e2c6fb; --odd-back: #352047;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere; -webkit-text-size-adjust: 100%; }
header, main { max-width: 44rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between; align-items: baseline;
  padding-top: .6rem; color: var(--soft); font-size: .875rem; }
.brand { font-weight: 600; letter-spacing: .02em; }
main { padding-bottom: 3rem; }
body.wide header, body.wide main { max-width: 72rem; }
main:focus { outline: none; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: .5rem 0 .4rem; }
h2 { font-size: 1rem; margin: .85rem 0 .15rem; }
p { margin: .35rem 0; }
a { color: var(--link); }
.skip { position: absolute; left: -100vw; }
.skip:focus { position: static; display: inline-block; padding: .5rem 1rem; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft { color: var(--soft); font-weight: normal; }
.facts { margin: .5rem 0 0; padding: .1rem .75rem; background: var(--sheet); border-radius: .5rem; font-size: .9375rem; }
.facts > div { border: 0; padding: .12rem 0; }
dl { margin: .3rem 0; }
dl > div { display: grid; grid-template-columns: minmax(6.5rem, 26%) minmax(0, 1fr); gap: 0 .75rem; padding: .22rem 0;
  border-top: 1px solid var(--line); }
dl > div:first-child { border-top: 0; }
dt { color: var(--soft); }
dd { margin: 0; min-width: 0; }
dd dl, li dl { margin: 0; }
ul, ol { margin: .3rem 0; padding-left: 1.35rem; }
li { margin: .18rem 0; }
.text { white-space: pre-wrap; unicode-bidi: isolate; }
blockquote { margin: .3rem 0; padding: .1rem 0 .1rem .75rem; border-left: 3px solid var(--line); unicode-bidi: isolate; }
blockquote + cite, cite { font-style: normal; color: var(--soft); }
.citations { list-style: none; padding: 0; }
.badge { display: inline-block; padding: 0 .4rem; border: 1px solid var(--line); border-radius: .75rem;
  font-size: .8125rem; color: var(--soft); }
.odd { padding: 0 .25rem; border-radius: .25rem; background: var(--odd-back); color: var(--odd);
  font: 600 .8125rem/1.3 ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace; }
.odd-word { text-decoration: underline wavy var(--odd); }
.flags { list-style: none; padding: 0; }
.flag, .problem, .box { padding: .4rem .7rem; margin: .35rem 0; border-left: 4px solid var(--note-line); background: var(--note);
  border-radius: 0 .375rem .375rem 0; }
.flag.warning, .box.wait { border-color: var(--warn-line); background: var(--warn); }
.flag.critical, .problem, .box.no { border-color: var(--bad-line); background: var(--bad); }
.box.yes { border-color: var(--yes); background: var(--new); }
.box h2 { margin: .1rem 0 .2rem; }
.changes dd { display: grid; gap: .2rem; grid-template-columns: minmax(0, 1fr); }
ins, del { display: block; padding: .1rem .5rem; border-radius: .25rem; text-decoration: none; }
ins { background: var(--new); }
del { background: var(--old); }
.changes ins { margin-left: -.5rem; } .changes del { margin-left: -.5rem; }
details { margin: .45rem 0; border: 1px solid var(--line); border-radius: .5rem; padding: 0 .75rem; }
details[open] { padding-bottom: .6rem; }
summary { padding: .45rem 0; cursor: pointer; }
li details, dd details, blockquote details { border: 0; padding: 0; margin: 0; } li summary, dd summary, blockquote summary { padding: .1rem 0; }
form { margin: 0; }
.decide { margin-top: .8rem; padding: .3rem 1rem 1rem; border: 1px solid var(--line); border-radius: .625rem; background: var(--sheet); }
.decide h2 { margin-top: .4rem; }
.field { margin: .55rem 0; }
label { display: block; margin-bottom: .2rem; font-weight: 600; }
input, select, textarea { width: 100%; padding: .5rem .6rem; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--soft); border-radius: .375rem; }
textarea { resize: vertical; }
textarea.code { font-family: ui-monospace, "Liberation Mono", "DejaVu Sans Mono", monospace; font-size: .875rem; }
[aria-invalid] { border-color: var(--no); border-width: 2px; }
.buttons { display: flex; flex-wrap: wrap; gap: .6rem; margin-top: .8rem; }
button { min-height: 2.9rem; padding: .5rem 1.3rem; font: inherit; font-weight: 600; color: var(--ink); background: var(--paper);
  border: 2px solid var(--soft); border-radius: .5rem; cursor: pointer; }
.buttons button { flex: 1 1 8rem; }
button.yes { color: var(--on); background: var(--yes); border-color: var(--yes); }
button.no { color: var(--no); border-color: var(--no); }
button[hidden] { display: none; }
.button { display: inline-block; padding: .7rem 1.3rem; font-weight: 600; border: 2px solid var(--link); border-radius: .5rem; text-decoration: none; }
table { width: 100%; border-collapse: collapse; font-size: .9375rem; }
caption { text-align: left; color: var(--soft); padding: .2rem 0; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem .45rem 0; border-top: 1px solid var(--line); }
thead th { white-space: nowrap; border-top: 0; color: var(--soft); font-weight: 600; }
.as { font-weight: 400; }
.late { color: var(--no); font-weight: 600; }
@media (max-width: 40rem) {
  h1 { font-size: 1.25rem; }
  dl > div { grid-template-columns: minmax(5.5rem, 32%) minmax(0, 1fr); }
  li dl > div, dd dl > div { grid-template-columns: minmax(0, 1fr); }
  table, caption, tbody, tr, th, td { display: block; } thead { position: absolute; left: -100vw; }
  tbody tr { padding: .5rem 0; border-top: 1px solid var(--line); } tbody th, td { border: 0; padding: .08rem 0; }
  td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); }
}
@media print { .decide, .skip { display: none; } }
`;

const digest = createHash("sha256").update(STYLE).digest();

export const STYLE_PATH = `/assets/style-${digest.toString("hex").slice(0, 16)}.css`;
export const STYLE_INTEGRITY = `sha256-${digest.toString("base64")}`;
