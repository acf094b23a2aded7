/** Keeps the index of runs and approvals true to the executions, and a snapshot of each ended run. */
import * as z from "zod";
import { functionAnnouncer } from "../../lib/aws/announcer.ts";
import { optionalVariable, variable } from "../../lib/aws/function-variables.ts";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyLambda } from "../../lib/aws/lazy-lambda.ts";
import { lazyLogs } from "../../lib/aws/lazy-logs.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import {
  completeExecution,
  describeExecution,
  reportOf,
  StatusChange,
} from "../../lib/aws/status-change.ts";
import { writeRunSnapshot } from "../../lib/aws/write-run-snapshot.ts";
import { closeApprovalsOfRun } from "../../lib/runtime/approval/find-approvals.ts";
import { recordStatus } from "../../lib/runtime/runs.ts";
import { functionPorts } from "../function-ports.ts";
import type { LambdaContext } from "../lambda-context.ts";
import { LogDelivery, recordDelivery } from "./logged-events.ts";
import { sweep } from "./sweep.ts";

const Event = z.union([z.object({ sweep: z.literal(true) }), LogDelivery, StatusChange]);

const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn(), logs: lazyLogs() };
const ports = functionPorts(clients);
const environment = variable("environment");
const world = {
  clients,
  environment,
  machines: variable("machines"),
  ports,
  runsBucket: variable("runsBucket"),
  bundlesBucket: variable("bundlesBucket"),
  retention: optionalVariable("retention"),
  traceContent: optionalVariable("traceContent") === "true",
  announcer: functionAnnouncer(variable("approval"), lazyLambda()),
};

/** What it throws, Lambda tries twice again, and then puts on the dead-letter queue. */
export async function handler(received: unknown, context: LambdaContext): Promise<void> {
  const event = Event.parse(received);
  if ("sweep" in event) return sweep(world, context);
  if ("awslogs" in event) return recordDelivery(event, world);
  const execution = await completeExecution(event, clients.sfn);
  const report = await reportOf(execution, environment, clients.sfn);
  await recordStatus(report, ports);
  if (report.run.status === "RUNNING") return;
  // A redrive has begun since this report was sent: what is open may be its own, and its end comes.
  const { redriveCount } = await describeExecution(execution.executionArn, clients.sfn);
  if ((redriveCount ?? 0) > report.redrives) return;
  // What expires with its run is counted here, where most of it does.
  const writeLine = (line: string) => void process.stdout.write(`${line}\n`);
  await closeApprovalsOfRun(report.run.id, { ...ports, writeLine });
  const { run } = await writeRunSnapshot(execution.executionArn, report, world);
  await recordStatus({ ...report, run }, ports);
}
