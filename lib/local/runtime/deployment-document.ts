/** A deployment as JSON: how it travels to the runtime of another process. */
import { z } from "zod";
import type { Plan } from "../../compiler/plan.ts";
import type { Deployment } from "./deployment.ts";

export const DeploymentDocument = z.object({
  plan: z.custom<Plan>(
    (value) => typeof value === "object" && value !== null && "definition" in value,
  ),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  code: z.record(z.string(), z.object({ js: z.string(), map: z.string() })),
  /** Base 64. */
  files: z.record(z.string(), z.base64()),
  components: z.record(z.string(), z.base64()).default({}),
  sources: z.record(z.string(), z.base64()).default({}),
  lock: z.string().exactOptional(),
});
export type DeploymentDocument = z.infer<typeof DeploymentDocument>;

export function deploymentDocument(deployment: Deployment): DeploymentDocument {
  return {
    plan: deployment.plan,
    digest: deployment.digest,
    code: Object.fromEntries(deployment.code),
    files: encode(deployment.files),
    components: encode(deployment.components),
    sources: encode(deployment.sources ?? new Map()),
    ...(deployment.lock && { lock: deployment.lock() }),
  };
}

export function deploymentFrom(document: DeploymentDocument): Deployment {
  const { lock } = document;
  return {
    plan: document.plan,
    digest: document.digest,
    code: new Map(Object.entries(document.code)),
    files: decode(document.files),
    components: decode(document.components),
    sources: decode(document.sources),
    ...(lock !== undefined && { lock: () => lock }),
  };
}

function encode(files: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries(
    [...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString("base64")]),
  );
}

function decode(files: Readonly<Record<string, string>>): ReadonlyMap<string, Uint8Array> {
  return new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text, "base64")]));
}
