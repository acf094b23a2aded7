/** From an empty account to runs that end, through a deployment while one waits, back to empty. */
import * as z from "zod";
import { runAgent } from "./agents.ts";
import { ask, awaitMail, decideByLink, linkIn, sentMails } from "./approver.ts";
import type { Aws } from "./aws.ts";
import type { Converse } from "./converse.ts";
import { bootstrap, deployAll, deployChanged, destroy, retainedTypes } from "./deployment.ts";
import { takeInventory } from "./leftovers.ts";
import { pullRuns } from "./pull.ts";
import type { Report } from "./report.ts";
import { runReview } from "./review.ts";
import {
  awaitApproval,
  awaitRecord,
  checkSnapshot,
  listRuns,
  type OpenApproval,
  outputOf,
  sha256,
} from "./runs.ts";
import { until } from "./until.ts";
import { ENVIRONMENT, FIXTURE, type Workspace } from "./workspace.ts";

const CLERK = "clerk@example.com";
/** May decide as well, and hears of what the clerk has decided. */
const CHIEF = "chief@example.com";
const SOURCE = "com.example.shop";
const PACKED = "ParcelPacked";

export interface Place {
  readonly workspace: Workspace;
  readonly aws: Aws;
  readonly bedrock: Converse;
  readonly report: Report;
  readonly bus: string;
  readonly runsBucket: string;
  readonly bundlesBucket: string;
  readonly table: string;
}

export async function scenario(
  workspace: Workspace,
  aws: Aws,
  bedrock: Converse,
  report: Report,
): Promise<void> {
  await bootstrap(workspace, report);
  await deployAll(workspace, report);
  const parts = await parameter(aws, `/espalier/${ENVIRONMENT}`, Parts);
  const place: Place = { workspace, aws, bedrock, report, bus: parts.eventBus, ...parts };
  const digest = await checkBundles(place);
  await refuseBadEvent(place);
  await firstRun(place, digest);
  await runAgent(place);
  await runReview(place);
  await changeWhileOneWaits(place, digest);
  await pullRuns(workspace, report);
  await takeAway(place);
}

const Parts = z.object({
  table: z.string(),
  runsBucket: z.string(),
  bundlesBucket: z.string(),
  eventBus: z.string(),
});
const WorkflowParts = z.object({ digest: z.string(), intake: z.string() });

async function parameter<T>(aws: Aws, Name: string, shape: z.ZodType<T>): Promise<T> {
  const Answer = z.object({ Parameter: z.object({ Value: z.string() }) });
  const { Parameter } = await aws.call("ssm", "GetParameter", { Name }, Answer);
  return shape.parse(JSON.parse(Parameter.Value));
}

function deployedParts(aws: Aws, workflow: string): Promise<z.infer<typeof WorkflowParts>> {
  return parameter(aws, `/espalier/${ENVIRONMENT}/${workflow}`, WorkflowParts);
}

/** Returns the digest of the fixture. */
async function checkBundles({ workspace, aws, report, bundlesBucket }: Place): Promise<string> {
  report.step("what was deployed");
  const Listing = z.object({ files: z.record(z.string(), z.object({ digest: z.string() })) });
  for (const workflow of workspace.workflows) {
    const { digest } = await deployedParts(aws, workflow);
    const folder = `bundles/${digest.replace("sha256:", "")}/`;
    const found = await aws.object(bundlesBucket, `${folder}snapshot.json`);
    const wrong: string[] = [];
    const files = Object.entries(found ? Listing.parse(JSON.parse(found.toString())).files : {});
    for (const [path, expected] of files) {
      const blob = `bundles/blobs/${expected.digest.replace("sha256:", "")}`;
      const body = await aws.object(bundlesBucket, blob);
      if (!body || sha256(body) !== expected.digest) wrong.push(path);
    }
    report.check(
      `the bundle ${workflow} lies in the bundles bucket, ${files.length} files by their digests`,
      files.length > 0 && wrong.length === 0,
      { folder, wrong },
    );
  }
  return (await deployedParts(aws, FIXTURE)).digest;
}

async function refuseBadEvent({ workspace, aws, report, bus }: Place): Promise<void> {
  report.step("an event against the contract");
  await aws.putEvent(bus, SOURCE, PACKED, { order: "not an order", items: [] });
  const Queues = z.object({ QueueUrls: z.array(z.string()) });
  const prefix = { QueueNamePrefix: `espalier-${ENVIRONMENT}-${FIXTURE}` };
  const { QueueUrls } = await aws.call("sqs", "ListQueues", prefix, Queues);
  const Messages = z.object({ Messages: z.array(z.object({ Body: z.string() })).default([]) });
  const body = await until("the dead letter", async () => {
    const request = { QueueUrl: QueueUrls[0], WaitTimeSeconds: 1 };
    return (await aws.call("sqs", "ReceiveMessage", request, Messages)).Messages[0]?.Body;
  });
  const { reason } = z.object({ reason: z.string() }).parse(JSON.parse(body));
  report.check(
    "goes to the dead letters, with what is wrong with it",
    reason.includes("breaks the contract") && reason.includes("order"),
    reason,
  );
  report.equal("and starts no run", await listRuns(workspace), []);
}

async function firstRun(place: Place, digest: string): Promise<void> {
  const { workspace, aws, report, bus, runsBucket } = place;
  const input = { order: "P-1", items: [{ name: "anvil", grams: 45_000 }] };
  report.step("an event on the bus, a run, a person");
  await aws.putEvent(bus, SOURCE, PACKED, input);
  const open = await awaitApproval(workspace, "P-1");
  report.check("the run waits for its approval", true);
  report.equal("with the evidence", open.evidence.more, { order: "P-1", grams: 45_000 });
  report.equal("on the bundle that was deployed", open.run.digest, digest);
  await awaitRecord(workspace, "the record of the run", ({ id }) => id === open.run.id);
  report.check("the record of the run is there while it waits", true);

  const stranger = await workspace.espalier(
    ...["decide", open.id, "--approve", "--as", "somebody@example.com"],
  );
  report.check(
    "somebody else cannot decide",
    stranger.code === 1,
    `${stranger.stdout}${stranger.stderr}`,
  );
  report.step("the clerk's mail, and the page behind its link");
  const mail = await awaitMail(aws, "to the clerk", ({ To }) => To.includes(CLERK));
  report.equal(
    "the clerk is asked by mail",
    mail.Subject,
    "Please decide: May this parcel leave the house?",
  );
  const link = linkIn(mail);
  report.check(
    "by the address and name of the environment, with a text and an HTML part",
    mail.Source.includes("approvals@example.com") && (mail.BodyHtml ?? "").includes(link),
    mail,
  );
  const forged = await ask(aws, `${link.slice(0, -1)}${link.endsWith("A") ? "B" : "A"}`);
  report.equal("a link that was changed shows nothing", forged.status, 404);
  const page = await ask(aws, link);
  report.check(
    "the page shows what the run has done so far",
    /The run so far[\s\S]*weigh[\s\S]*succeeded/.test(page.body) &&
      !page.body.includes("could not be read"),
    page.body,
  );
  await decideByLink(aws, link, { action: "approve", reason: "" }, report);
  await hearsOfIt(place, 1);
  const record = await awaitRecord(
    workspace,
    "the record of the run's end",
    ({ id, status }) => id === open.run.id && status === "SUCCEEDED",
  );
  const { workflow, version, environment, principal, customer, error } = record;
  report.equal(
    "the record says what ran and for whom",
    { workflow, version, digest: record.digest, environment, principal, customer, error },
    {
      workflow: FIXTURE,
      version: "1.0.0",
      digest,
      environment: ENVIRONMENT,
      principal: "trigger:0",
      customer: null,
      error: null,
    },
  );
  const output = await outputOf(workspace, open.run.id);
  report.equal("the clerk's decision reached the step after it", output.approval, {
    verdict: "approved",
    by: CLERK,
    approval: open.id,
  });
  report.step("the run's snapshot");
  const label = `P-1: 45000 g, released by ${CLERK}, first edition\n`;
  await checkSnapshot(aws, runsBucket, { record, input, output, by: CLERK, label }, report);
}

async function changeWhileOneWaits(place: Place, digest: string): Promise<void> {
  const { workspace, aws, report, bus, runsBucket } = place;
  report.step("a second run waits");
  const { intake } = await deployedParts(aws, FIXTURE);
  const input = { order: "P-2", items: [{ name: "anvil", grams: 46_000 }] };
  const event = { id: "8f2a0c3e-0000-4000-8000-000000000002", detail: input };
  const twice = [
    await aws.invoke(intake, { trigger: 0, event }),
    await aws.invoke(intake, { trigger: 0, event }),
  ];
  const open = await awaitApproval(workspace, "P-2");
  report.equal("an event that is delivered twice starts one run", twice, [
    { run: open.run.id },
    { run: open.run.id },
  ]);
  await awaitRecord(workspace, "the record of the second run", ({ id }) => id === open.run.id);
  const all = (await listRuns(workspace)).filter(({ workflow }) => workflow === FIXTURE);
  report.equal("two runs in all", all.length, 2);

  workspace.edit("code/edition.ts", '"first"', '"second"');
  await deployChanged(workspace, report, `espalier-${ENVIRONMENT}-${FIXTURE}`);
  const changed = (await deployedParts(aws, FIXTURE)).digest;
  report.check("another bundle is deployed now", changed !== digest, changed);

  report.step("the second run goes on");
  await decide(place, open);
  await hearsOfIt(place, 2);
  const record = await awaitRecord(
    workspace,
    "the end of the second run",
    ({ id, status }) => id === open.run.id && status === "SUCCEEDED",
  );
  const output = await outputOf(workspace, open.run.id);
  report.equal("it ends on the code that it began with", output.shipped.edition, "first");
  report.equal("its record names the bundle that it began with", record.digest, digest);
  const label = `P-2: 46000 g, released by ${CLERK}, first edition\n`;
  await checkSnapshot(aws, runsBucket, { record, input, output, by: CLERK, label }, report);

  report.step("a third run, too light for a person to be asked");
  const feather = { order: "P-3", items: [{ name: "feather", grams: 3 }] };
  await aws.putEvent(bus, SOURCE, PACKED, feather);
  const third = await awaitRecord(
    workspace,
    "the third run's end",
    (run) => run.status !== "RUNNING" && run.id !== open.run.id && run.digest === changed,
  );
  report.equal("succeeds", third.status, "SUCCEEDED");
  const light = await outputOf(workspace, third.id);
  report.equal("on the new code", light.shipped.edition, "second");
  report.equal("granted by the rule, and recorded so", light.approval.by, "rule");
}

/** That the other approver has got a mail for each decision so far, whoever took it. */
async function hearsOfIt({ aws, report }: Place, decisions: number): Promise<void> {
  const told = async () =>
    (await sentMails(aws.endpoint)).filter(
      ({ To, Subject }) => To.includes(CHIEF) && Subject.startsWith("Approved: "),
    ).length;
  await until("the mail about the decision", async () => (await told()) >= decisions || undefined);
  report.equal("the other approver hears of the decision, once", await told(), decisions);
}

/** Decides with the CLI, which follows the run to its end. */
async function decide({ workspace, report }: Place, { id }: OpenApproval): Promise<void> {
  const { code, stdout, stderr } = await workspace.espalier(
    ...["decide", id, "--approve", "--as", CLERK],
  );
  report.check(
    "espalier decide approves and follows the run to its success",
    code === 0,
    stdout + stderr,
  );
}

async function takeAway({ workspace, aws, report }: Place): Promise<void> {
  const before = await takeInventory(aws);
  const kept = retainedTypes(workspace);
  await destroy(workspace, report);
  const after = await takeInventory(aws);
  for (const [kind, names] of after) {
    if (kept.has(kind)) continue;
    const count = before.get(kind)?.length ?? 0;
    if (count > 0) report.equal(`${count} of ${kind} are gone`, names, []);
  }
  const data = ["AWS::DynamoDB::Table", "AWS::S3::Bucket"];
  report.check(
    "by the templates, runs, approvals and bundles are kept",
    data.every((kind) => kept.has(kind)),
    [...kept],
  );
  report.note(`kept by the templates: ${[...kept].sort().join(", ")}`);
  report.note("the emulator keeps nothing: it ignores DeletionPolicy");
}
