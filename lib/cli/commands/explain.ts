import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { type ExplainedBundle, explainRun } from "../../replay/explain-run.ts";
import type { Control } from "../../runtime/control.ts";
import type { Json, JsonObject } from "../../runtime/json.ts";
import { defineCommand } from "../command.ts";
import { Failure } from "../failure.ts";
import { runRecordDocument } from "../runs/documents.ts";
import { explainPage } from "../runs/explain-page.ts";
import { explainText } from "../runs/explain-text.ts";
import { findRun } from "../runs/find-run.ts";
import { nothingRan, readControl } from "../runs/open-control.ts";

export const explain = defineCommand({
  name: "explain",
  summary: "Say what exactly ran, for whom, with what, and who approved it",
  details:
    "Answers eight questions from what is stored: the run, the snapshot of its bundle, its approvals and their audit. Nothing is looked up elsewhere, and no model is asked.",
  arguments: [["<run>", "id of the run, or a part that only it has"]],
  options: [
    { flags: "--against <run>", description: "also say what is different in that run's bundle" },
    { flags: "--html <file>", description: "write it as one page that needs nothing else" },
  ],
  examples: [
    { command: "espalier explain 01K3Z", says: "the eight answers on one page" },
    { command: "espalier explain 01K3Z --against 01K2A", says: "and what changed between the two" },
    { command: "espalier explain 01K3Z --html run.html", says: "to send to somebody" },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({
      against: z.string().min(1).optional(),
      html: z.string().min(1).optional(),
    }),
  },
  async perform(invocation, [wanted], { against, html }) {
    const store = join(invocation.dataDir, "bundles");
    return readControl(
      invocation,
      async (control) => {
        const run = await findRun(control, wanted);
        const other = against === undefined ? undefined : await findRun(control, against);
        const answers = explainRun({
          run,
          bundle: await explainedBundle(store, run.digest),
          config: await configOf(control, run.id),
          approvals: await control.approvals({ run: run.id }),
          audit: await control.verifyAudit(run.id),
          against: other
            ? { name: `run ${other.id}`, bundle: await explainedBundle(store, other.digest) }
            : null,
        });
        if (html !== undefined) {
          await writeFile(resolve(invocation.io.cwd, html), explainPage(run, answers));
          invocation.out.line(`Written: ${html}`);
        } else invocation.out.lines(explainText(answers, invocation.out));
        const document = { run: runRecordDocument(run), answers: answers as unknown as Json };
        return { exitCode: 0, document };
      },
      () => nothingRan(invocation),
    );
  },
});

async function explainedBundle(store: string, digest: string): Promise<ExplainedBundle> {
  const { openBundleSnapshot } = await import("../../replay/bundle-snapshot.ts");
  const { sha256 } = await import("../../bundle/digest.ts");
  const { readFile } = await import("node:fs/promises");
  const bundle = await openBundleSnapshot(store, digest).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error;
    const hint = "A run is explained by the snapshot of its bundle: copy the whole data folder.";
    throw new Failure("BundleNotKept", error.message, { hint, cause: error });
  });
  const entries = bundle.plan.functions.flatMap((each) => ("entry" in each ? [each.entry] : []));
  const code = new Map<string, string>();
  for (const entry of new Set(entries)) {
    code.set(entry, sha256(await readFile(bundle.codeOf(entry))));
  }
  return { plan: bundle.plan, code };
}

/** What the execution was started with; its other steps cannot change it. */
async function configOf(control: Control, run: string): Promise<JsonObject> {
  for await (const event of control.history(run)) {
    const { executionStartedEventDetails: details } = event as {
      readonly executionStartedEventDetails?: { readonly input?: unknown };
    };
    if (typeof details?.input !== "string") continue;
    const { config } = JSON.parse(details.input) as { readonly config?: JsonObject };
    return config ?? {};
  }
  return {};
}
