/** Stores what an approval step asks for; the machine waits until its task token is answered. Schedules stages. */
import { executionTimeline } from "../../lib/aws/execution-timeline.ts";
import { variable } from "../../lib/aws/function-variables.ts";
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { S3Objects } from "../../lib/aws/s3-objects.ts";
import { type AnnounceCall, announceById } from "../../lib/runtime/approval/announce.ts";
import {
  type ApprovalFunctionCall,
  callApprovalFunction,
} from "../../lib/runtime/approval/approval-function.ts";
import type { Schedule } from "../../lib/runtime/call.ts";
import { functionPorts } from "../function-ports.ts";
import { functionMessenger } from "../messenger.ts";

const clients = { s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() };
const ports = functionPorts(clients);
const world = {
  ...ports,
  timeline: executionTimeline({
    machines: variable("machines"),
    bundles: new S3Objects(variable("bundlesBucket"), clients.s3),
    client: clients.sfn,
  }),
  messenger: functionMessenger(ports)?.messenger,
  writeLine: (line: string) => void process.stdout.write(`${line}\n`),
};

/** What machines, the sweep and those who operate the environment send is trusted; nobody else may invoke it. */
export async function handler(
  call: ApprovalFunctionCall | AnnounceCall,
): Promise<Schedule | { readonly approval: string }> {
  if ("operation" in call && call.operation === "announce") {
    await announceById(call.approval, world);
    return { approval: call.approval };
  }
  const answer = await callApprovalFunction(call, world);
  if ("schedule" in answer) return answer.schedule;
  const { id, status } = answer.approval;
  console.log(
    JSON.stringify({
      level: "INFO",
      message: "Approval requested",
      approval: id,
      status,
      run_id: call.run.id,
      step: call.step.id,
    }),
  );
  return { approval: id };
}
