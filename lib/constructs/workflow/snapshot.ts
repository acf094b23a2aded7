/** The bundle on its way to the bundles bucket. */
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { CustomResource } from "aws-cdk-lib";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Construct } from "constructs";
import { bundleFiles } from "../../bundle/bundle-files.ts";
import { fillPolicies } from "../../compiler/fill-policies.ts";
import type { PreparedBundle } from "../code/prepared-bundle.ts";
import { stageFile } from "../code/staged-files.ts";
import type { Platform } from "../platform/platform.ts";

export interface SnapshotProps {
  readonly platform: Platform;
  readonly bundle: PreparedBundle;
}

/** Copies the bundle, and its plan with the people of the environment, to where they stay, before anything runs it. */
export class Snapshot extends Construct {
  readonly resource: CustomResource;
  /** `sha256:…` of the plan as it is kept. */
  readonly planDigest: string;

  constructor(scope: Construct, id: string, { platform, bundle }: SnapshotProps) {
    super(scope, id);
    const people = new Map(
      bundle.plan.approvals.map(({ policy }) => [policy.approval, platform.resolvePolicy(policy)]),
    );
    const filled = fillPolicies(bundle.plan, people);
    const plan = Buffer.from(`${JSON.stringify(filled, null, 2)}\n`);
    const planDigest = createHash("sha256").update(plan).digest("hex");
    this.planDigest = `sha256:${planDigest}`;
    // By content and not by the bytes of gzip, which may differ from machine to machine.
    const { path, assetHash } = stageFile(this, `${bundle.digest}${planDigest}`, ".gz", () =>
      snapshotDocument(bundle, plan),
    );
    const asset = new Asset(this, "Source", { path, assetHash });
    this.resource = new CustomResource(this, "Resource", {
      serviceToken: platform.functions.snapshot.function.functionArn,
      resourceType: "Custom::EspalierSnapshot",
      properties: {
        Digest: bundle.digest,
        Plan: this.planDigest,
        SourceBucket: asset.s3BucketName,
        SourceKey: asset.s3ObjectKey,
      },
    });
  }
}

function snapshotDocument(bundle: PreparedBundle, plan: Buffer): Uint8Array {
  const files = bundleFiles(bundle);
  const encoded = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, content]) => [path, Buffer.from(content).toString("base64")]);
  const document = {
    format: 1,
    digest: bundle.digest,
    files: Object.fromEntries(encoded),
    plan: plan.toString("base64"),
    lock: Buffer.from(bundle.lock).toString("base64"),
  };
  return gzipSync(JSON.stringify(document), { level: 1 });
}
