/** `npm start`: a licence review of this repository's own dependencies. */
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import type { Control, RunDetail } from "../../runtime/control.ts";
import { compileBundle, LOCAL_MODELS } from "../bundles/compile-bundle.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import type { Invocation, Outcome } from "../command.ts";
import { runDocument, stepDocument } from "../runs/documents.ts";
import type { Followed } from "../runs/follow-run.ts";
import { modelJournals, printModels } from "../runs/model-summary.ts";
import { driveLocal } from "../runs/open-control.ts";
import { type LocalPlace, placeText } from "../runs/place.ts";
import { exitCodeOf, printEnding, printInterrupted } from "../runs/run-ending.ts";
import { type Heading, headings, printNext, saveFiles, shownPath } from "./demo-output.ts";
import { DEMO_REQUESTER, followAndDecide, runCommand } from "./demo-run.ts";
import { makeSbom } from "./make-sbom.ts";
import { printAgent } from "./print-agent.ts";
import { printReview } from "./print-review.ts";
import { readReview } from "./review-report.ts";

export async function reviewDemo(invocation: Invocation, repository: string): Promise<Outcome> {
  const { io, out } = invocation;
  const heading = headings(invocation);
  out.line("Are the licences of everything that this repository depends on acceptable?");

  heading("An SBOM of this repository");
  out.progress("  npm sbom …");
  const sbom = await makeSbom(repository, io.signal);
  const { specVersion, components } = Sbom.parse(JSON.parse(Buffer.from(sbom).toString("utf8")));
  out.line(`  npm sbom: CycloneDX ${specVersion}, ${components.length} components`);

  heading("The workflow, checked and compiled");
  const { deployment } = await compileBundle(
    invocation,
    selectBundle("license-review", repository),
    LOCAL_MODELS,
  );
  const { plan } = deployment;
  out.line(`  ${plan.workflow} ${plan.version}, ${shortDigest(deployment.digest)}`);
  out.line(
    `  ${plan.steps.length} steps in ${plan.transitions.states} states, ${plan.functions.length} functions`,
  );

  const drive = async (control: Control, place: LocalPlace): Promise<Outcome> => {
    heading("The local runtime");
    out.line(`  ${place.url}, data in ${shownPath(invocation, invocation.dataDir)}`);
    heading("The run");
    const sbomFile = await saveFiles(invocation, "sbom", new Map([["sbom.json", sbom]]));
    const reference = await control.putArtifact(sbom, {
      mediaType: "application/vnd.cyclonedx+json",
      name: "sbom.json",
    });
    const started = await control.startRun({
      workflow: plan.workflow,
      input: { sbom: { ...reference }, subject: "espalier" },
      principal: DEMO_REQUESTER,
    });
    out.line(`  ${started.id}`);
    out.line(`  asked for by ${DEMO_REQUESTER}, driven ${placeText(place)}`);
    out.line();
    const followed = await followAndDecide(invocation, control, started.id);
    return finish(invocation, control, followed, sbomFile[0] ?? "", heading);
  };
  const environments = join(repository, "bundles", "environments");
  return driveLocal(invocation, [deployment], drive, environments);
}

const Sbom = z.object({ specVersion: z.string(), components: z.array(z.unknown()) });

async function finish(
  invocation: Invocation,
  control: Control,
  followed: Followed,
  sbomFile: string,
  heading: Heading,
): Promise<Outcome> {
  const { out } = invocation;
  const { run, rows } = followed;
  const base = { run: runDocument(run), steps: rows.map((row) => stepDocument(row)) };
  if (followed.stoppedBecause === "ended") {
    printModels(out, await modelJournals(control, run));
  }
  if (run.status !== "SUCCEEDED") {
    await (followed.stoppedBecause === "interrupted"
      ? printInterrupted(invocation, run)
      : printEnding(invocation, control, run, rows));
    return { exitCode: exitCodeOf(followed), document: { ...base, report: null } };
  }
  const { report, files } = await readReview(control, run);
  heading("What the agent did");
  await printAgent(out, control, run.id, report);
  heading("The report");
  printReview(out, report);
  const saved = await saveFiles(invocation, run.id, files);
  heading("What is left of it");
  out.line(`  ${dirname(saved[0] ?? "")}/`);
  out.line(`      ${saved.map((file) => basename(file)).join(", ")}`);
  out.line(`  ${shownPath(invocation, run.location)}/`);
  out.line("      the run's history, approvals, what agents did, and its trace");
  heading("Try next");
  printNext(invocation, nextCommands(run, sbomFile));
  return {
    exitCode: 0,
    document: {
      ...base,
      report: { ...report, decisions: report.decisions.map((each) => ({ ...each })) },
      files: saved,
    },
  };
}

function nextCommands(run: RunDetail, sbomFile: string): [command: string, says: string][] {
  return [
    [`show ${run.id}`, "every step of this run, with its attempts"],
    [`show ${run.id} --turns claim`, "all that the agent did, turn by turn"],
    [runCommand(sbomFile), "the same review again; this time you decide"],
  ];
}
