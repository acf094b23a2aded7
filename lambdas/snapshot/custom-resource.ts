/**
 * CloudFormation's side of a custom resource.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/crpg-ref.html
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as z from "zod";

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

const Common = {
  ResponseURL: z.string().optional(),
  StackId: z.string().optional(),
  RequestId: z.string().optional(),
  LogicalResourceId: z.string().optional(),
  PhysicalResourceId: z.string().optional(),
};

export const ResourceEvent = z.discriminatedUnion("RequestType", [
  // Must go through, whatever the properties were: else the stack could not be deleted.
  z.object({ ...Common, RequestType: z.literal("Delete") }),
  z.object({
    ...Common,
    RequestType: z.enum(["Create", "Update"]),
    ResourceProperties: z.object({
      Digest,
      Plan: Digest,
      SourceBucket: z.string().min(1),
      SourceKey: z.string().min(1),
    }),
  }),
]);
export type ResourceEvent = z.infer<typeof ResourceEvent>;

export interface ResourceAnswer {
  readonly Status: "SUCCESS" | "FAILED";
  readonly Reason?: string;
  readonly PhysicalResourceId: string;
}

const TRIES = 4;

/** Tells CloudFormation; a stack whose resource does not answer hangs for an hour. */
export async function answer(
  event: ResourceEvent,
  result: { readonly physicalId: string } | { readonly reason: string },
): Promise<ResourceAnswer> {
  const { StackId, RequestId, LogicalResourceId, PhysicalResourceId, ResponseURL } = event;
  const said: ResourceAnswer =
    "physicalId" in result
      ? { Status: "SUCCESS", PhysicalResourceId: result.physicalId }
      : {
          Status: "FAILED",
          Reason: result.reason,
          PhysicalResourceId: PhysicalResourceId ?? "none",
        };
  console.log(JSON.stringify({ level: said.Status === "FAILED" ? "ERROR" : "INFO", ...said }));
  if (!ResponseURL?.startsWith("http")) return said;
  const body = JSON.stringify({ ...said, StackId, RequestId, LogicalResourceId });
  for (let tried = 1; ; tried += 1) {
    try {
      // The signature of this URL covers an empty content type.
      const headers = { "content-type": "" };
      const { ok, status } = await fetch(ResponseURL, { method: "PUT", body, headers });
      if (ok) return said;
      throw new Error(`CloudFormation did not take the answer: HTTP ${status}.`);
    } catch (error) {
      if (tried === TRIES) throw error;
      await sleep(Math.random() * 200 * 2 ** tried);
    }
  }
}
