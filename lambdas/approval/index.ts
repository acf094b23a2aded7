/** Stores what an approval step asks for; the machine waits until its task token is answered. */
import { lazyDynamo } from "../../lib/aws/lazy-dynamo.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { lazySfn } from "../../lib/aws/lazy-sfn.ts";
import { requestApproval } from "../../lib/runtime/approval/request-approval.ts";
import type { ApprovalCall } from "../../lib/runtime/call.ts";
import { functionPorts } from "../function-ports.ts";

const ports = functionPorts({ s3: lazyS3(), dynamo: lazyDynamo(), sfn: lazySfn() });

/** What a compiled machine sends is trusted; nobody else may invoke this function. */
export async function handler(call: ApprovalCall): Promise<{ readonly approval: string }> {
  const { id, status } = await requestApproval(call, ports);
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
