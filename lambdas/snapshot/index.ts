/** Custom resource: a deployed bundle goes to the bundles bucket, under its digest, and stays. */

import { variable } from "../../lib/aws/function-variables.ts";
import { lazyS3 } from "../../lib/aws/lazy-s3.ts";
import { S3Objects } from "../../lib/aws/s3-objects.ts";
import type { LambdaContext } from "../lambda-context.ts";
import { answer, type ResourceAnswer, ResourceEvent } from "./custom-resource.ts";
import { readSource } from "./read-source.ts";
import { storeBundle } from "./store-bundle.ts";

const s3 = lazyS3();
const bundles = new S3Objects(variable("bundlesBucket"), s3);

/** Milliseconds kept back to tell CloudFormation that it did not work out. */
const LAST_WORDS_MS = 5_000;

export async function handler(received: unknown, context: LambdaContext): Promise<ResourceAnswer> {
  const event = ResourceEvent.parse(received);
  const time = context.getRemainingTimeInMillis() - LAST_WORDS_MS;
  const result = await Promise.race([act(event), expiry(time)]).catch((error: unknown) => ({
    reason: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
  }));
  return answer(event, result);
}

async function act(event: ResourceEvent): Promise<{ readonly physicalId: string }> {
  // What ran stays explainable, so nothing is ever deleted here.
  if (event.RequestType === "Delete") return { physicalId: event.PhysicalResourceId ?? "none" };
  const { SourceBucket, SourceKey, ...expected } = event.ResourceProperties;
  const source = await readSource(new S3Objects(SourceBucket, s3), SourceKey, expected);
  await storeBundle(source, bundles);
  return { physicalId: source.digest };
}

function expiry(milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    const give = () => reject(new Error("Copying the bundle took longer than the function has."));
    setTimeout(give, Math.max(0, milliseconds)).unref();
  });
}
