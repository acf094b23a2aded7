/** `npm start -- casework`: an expert finds a result of a review wrong, and the bundle is mended. */
import { existsSync, realpathSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Control } from "../../runtime/control.ts";
import { compileBundle, LOCAL_MODELS } from "../bundles/compile-bundle.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import type { Invocation, Outcome } from "../command.ts";
import { Failure } from "../failure.ts";
import { runDocument } from "../runs/documents.ts";
import { driveLocal } from "../runs/open-control.ts";
import { exitCodeOf, printEnding } from "../runs/run-ending.ts";
import { oneLine } from "../runs/step-text.ts";
import { safeText } from "../text/safe-text.ts";
import { wrap } from "../text/wrap.ts";
import { CaseworkOutput, printProposal, WrittenProposal } from "./casework-proposal.ts";
import { type Heading, headings, printNext, saveFiles, shownPath } from "./demo-output.ts";
import { DEMO_REQUESTER, followAndDecide } from "./demo-run.ts";
import { makeSbom } from "./make-sbom.ts";
import { printMending } from "./print-mending.ts";
import { readReview } from "./review-report.ts";

/** Whoever knows what the right result is; asks for the run of casework, and so may not approve it. */
const EXPERT = "legal@example.com";

/** What the demo's expert says of the review. It is true: the package is two lists of identifiers. */
const WRONG = {
  package: "spdx-exceptions",
  expected: { verdict: "allowed" },
  reason:
    "spdx-exceptions is data, not code: two JSON lists of identifiers, which we ship unchanged. CC-BY-3.0 asks for attribution, and our NOTICE gives it.",
} as const;

const APPROVES = "The demo approves whatever it is shown. Read the patch yourself.";

export async function caseworkDemo(invocation: Invocation, repository: string): Promise<Outcome> {
  const { io, out } = invocation;
  if (realpathSync(io.cwd) !== realpathSync(repository)) {
    throw new Failure(
      "NotInRepository",
      "Casework mends the bundles of the folder it is started in",
      {
        hint: `Go to the repository first: cd ${repository}`,
      },
    );
  }
  const heading = headings(invocation);
  out.line("A review came to a wrong result. What would mend it, and what would that break?");

  heading("A review");
  out.progress("  npm sbom …");
  const options = ["--workspace", "@espalier/license-review", "--omit", "dev"];
  const sbom = await makeSbom(repository, io.signal, options);
  const [review, casework] = await Promise.all(
    ["license-review", "casework"].map(async (name) => {
      const folder = selectBundle(name, repository);
      return (await compileBundle(invocation, folder, LOCAL_MODELS)).deployment;
    }),
  );
  if (!review || !casework) throw new Error("Two bundles were compiled.");

  const drive = async (control: Control): Promise<Outcome> => {
    const reference = await control.putArtifact(sbom, {
      mediaType: "application/vnd.cyclonedx+json",
      name: "sbom.json",
    });
    const reviewed = await control.startRun({
      workflow: review.plan.workflow,
      input: { sbom: { ...reference }, subject: "license-review" },
      principal: DEMO_REQUESTER,
    });
    out.line(`  ${reviewed.id}`);
    out.line();
    const followed = await followAndDecide(invocation, control, reviewed.id);
    if (followed.run.status !== "SUCCEEDED") {
      await printEnding(invocation, control, followed.run, followed.rows);
      return { exitCode: exitCodeOf(followed), document: { run: runDocument(followed.run) } };
    }
    return mend(invocation, control, reviewed.id, heading);
  };
  const environments = join(repository, "bundles", "environments");
  return driveLocal(invocation, [review, casework], drive, environments);
}

async function mend(
  invocation: Invocation,
  control: Control,
  review: string,
  heading: Heading,
): Promise<Outcome> {
  const { out, io } = invocation;
  const { report } = await readReview(control, await control.run(review));
  const wrong = report.decisions.find(({ component }) => component.startsWith(`${WRONG.package}@`));
  if (!wrong) throw new Failure("ComponentMissing", `The review knows no ${WRONG.package}`);
  heading("A result that an expert finds wrong");
  out.line(`  ${safeText(wrong.component)}: ${wrong.verdict}`);
  out.line(`      ${oneLine(wrong.reason, out.width - 6)}`);
  if (wrong.verdict === WRONG.expected.verdict) {
    out.line("  which is what the expert expects: the bundle has been mended already.");
    return { exitCode: 0, document: { review, run: null } };
  }
  out.line(`  ${EXPERT} expects: ${WRONG.expected.verdict}`);
  out.lines(wrap(WRONG.reason, out.width, "      ", "      "));
  const { expected, reason } = WRONG;
  const input = { run: review, component: wrong.component, expected, reason };
  const [file = ""] = await saveFiles(
    invocation,
    "casework",
    new Map([["case.json", Buffer.from(`${JSON.stringify(input, null, 2)}\n`)]]),
  );

  heading("Casework");
  const started = await control.startRun({ workflow: "casework", input, principal: EXPERT });
  out.line(`  ${started.id}`);
  out.line(`  asked for by ${EXPERT}: espalier run casework --input ${file}`);
  out.line();
  const followed = await followAndDecide(invocation, control, started.id, APPROVES);
  const { run } = followed;
  heading("What the agent did");
  await printMending(out, control, run.id);
  const output = CaseworkOutput.safeParse(run.output);
  const folder = output.data?.proposal?.folder;
  const document = { review, run: runDocument(run) };
  if (run.status !== "SUCCEEDED" || folder === undefined) {
    await printEnding(invocation, control, run, followed.rows);
    return { exitCode: Math.max(1, exitCodeOf(followed)), document };
  }
  const files = resolve(io.cwd, folder);
  const proposal = WrittenProposal.parse(
    JSON.parse(await readFile(join(files, "proposal.json"), "utf8")),
  );
  heading("What it proposes");
  printProposal(out, proposal, await readFile(join(files, "change.patch"), "utf8"));
  heading("What is left of it");
  out.line(`  ${shownPath(invocation, files)}/`);
  out.line("      change.patch, proposal.md, three-way.html: nothing else has changed here");
  heading("Try next");
  if (existsSync(join(io.cwd, ".git"))) {
    out.line(`  git apply ${join(shownPath(invocation, files), "change.patch")}`);
    out.line(out.color.dim("      the change in your working tree; git apply -R takes it back"));
  }
  printNext(invocation, [
    [`show ${run.id} --turns mended`, "all that the agent did, turn by turn"],
    [`run casework --input ${file}`, "the same case again; this time you decide"],
  ]);
  return { exitCode: 0, document: { ...document, proposal: folder } };
}
