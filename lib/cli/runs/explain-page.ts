/** The eight answers as one HTML file that needs nothing else, and loads nothing. */
import { html } from "hono/html";
import type { Answer } from "../../replay/explain-run.ts";
import type { RunRecord } from "../../runtime/control.ts";
import { safeText } from "../text/safe-text.ts";

/** Everything that is not ours is escaped. */
export function explainPage(run: RunRecord, answers: readonly Answer[]): string {
  const title = `${run.workflow} ${run.version}: run ${run.id}`;
  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${safeText(title)}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: minmax(8rem, 16rem) 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: #555; overflow-wrap: anywhere; }
dd { margin: 0; overflow-wrap: anywhere; }
</style>
</head>
<body>
<main>
<h1>${safeText(title)}</h1>
${answers.map(
  ({ question, facts, none }) => html`<section>
<h2>${question}</h2>
${
  facts.length === 0
    ? html`<p>${safeText(none)}</p>`
    : html`<dl>${facts.map(
        ({ name, value }) => html`<dt>${safeText(name)}</dt><dd>${safeText(value)}</dd>
`,
      )}</dl>`
}
</section>
`,
)}</main>
</body>
</html>
`);
}
