import { Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { AnyPrincipal, Effect, PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type CfnBucket,
  type LifecycleRule,
  type ObjectLockRetention,
  ObjectOwnership,
} from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import { OBJECTS, RETENTION_TAG } from "../../runtime/deployed.ts";
import { acknowledge } from "../acknowledge.ts";

export interface BucketsProps {
  readonly encryptionKey?: IKey | undefined;
  readonly retain: boolean;
  readonly retentionClasses: Readonly<Record<string, Duration>>;
  readonly bundleLock?: ObjectLockRetention | undefined;
  readonly runLock?: ObjectLockRetention | undefined;
}

/** A version that was overwritten or deleted can be had back for this long. */
const UNDO = Duration.days(30);

/** The buckets of an environment: bundles, runs, and the log of who read them. */
export class Buckets extends Construct {
  readonly bundles: Bucket;
  readonly runs: Bucket;

  constructor(scope: Construct, id: string, props: BucketsProps) {
    super(scope, id);
    const accessLogs = new Bucket(this, "AccessLogs", {
      ...this.#common({ ...props, encryptionKey: undefined }),
      versioned: false,
      lifecycleRules: [{ expiration: Duration.days(90) }],
    });
    acknowledge(
      accessLogs,
      "AwsSolutions-S1",
      "This bucket takes the access logs of the others; logging its own would never end.",
    );
    this.bundles = new Bucket(this, "Bundles", {
      ...this.#common(props),
      versioned: true,
      lifecycleRules: [unfinishedUploads()],
      ...locked(props.bundleLock),
    });
    this.runs = new Bucket(this, "Runs", {
      ...this.#common(props),
      versioned: true,
      lifecycleRules: [
        unfinishedUploads(),
        { id: "replaced", noncurrentVersionExpiration: UNDO, expiredObjectDeleteMarker: true },
        ...Object.entries(props.retentionClasses).map(([name, expiration]) => ({
          id: `retention-${name}`,
          tagFilters: { [RETENTION_TAG]: name },
          expiration,
        })),
      ],
      ...locked(props.runLock),
    });
    logAccess(this.bundles, accessLogs, "bundles/");
    logAccess(this.runs, accessLogs, "runs/");
    writeOnce(this.bundles, OBJECTS.bundles);
    writeOnce(this.runs, OBJECTS.artifacts);
  }

  #common({ encryptionKey, retain }: Pick<BucketsProps, "encryptionKey" | "retain">) {
    return {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      ...(encryptionKey
        ? { encryption: BucketEncryption.KMS, encryptionKey, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      ...(retain
        ? { removalPolicy: RemovalPolicy.RETAIN }
        : { removalPolicy: RemovalPolicy.DESTROY, autoDeleteObjects: true }),
    };
  }
}

/**
 * By a bucket policy. The CDK's own way depends on a feature flag of the app, and without it uses
 * access control lists, which these buckets do not have.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
 */
function logAccess(bucket: Bucket, to: Bucket, prefix: string): void {
  (bucket.node.defaultChild as CfnBucket).loggingConfiguration = {
    destinationBucketName: to.bucketName,
    logFilePrefix: prefix,
  };
  to.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal("logging.s3.amazonaws.com")],
      actions: ["s3:PutObject"],
      resources: [to.arnForObjects(`${prefix}*`)],
      conditions: { StringEquals: { "aws:SourceAccount": Stack.of(bucket).account } },
    }),
  );
}

function locked(lock: ObjectLockRetention | undefined) {
  return lock ? { objectLockEnabled: true, objectLockDefaultRetention: lock } : {};
}

function unfinishedUploads(): LifecycleRule {
  return { id: "unfinished", abortIncompleteMultipartUploadAfter: Duration.days(7) };
}

/**
 * Refuses to put an object where one could stand already, whoever asks. Parts of a multipart upload
 * are exempt; completing it is not.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
 */
function writeOnce(bucket: Bucket, prefix: string): void {
  bucket.addToResourcePolicy(
    new PolicyStatement({
      sid: "WriteOnce",
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ["s3:PutObject"],
      resources: [bucket.arnForObjects(`${prefix}*`)],
      conditions: {
        Null: { "s3:if-none-match": "true" },
        Bool: { "s3:ObjectCreationOperation": "true" },
      },
    }),
  );
}
