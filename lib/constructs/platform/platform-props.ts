import type { Duration } from "aws-cdk-lib";
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ObjectLockRetention } from "aws-cdk-lib/aws-s3";
import type { Approver } from "../../manifest/approvers.ts";
import type { NotifySettings } from "../../manifest/environment/notify-settings.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { ModelSettings } from "../../runtime/model/model.ts";

export interface PlatformProps {
  /**
   * Name of the environment: part of the names of machines and of the bus. A lower-case letter, then
   * at most 15 lower-case letters and digits.
   * @default "dev"
   */
  readonly environment?: string;

  /**
   * Key that encrypts bundles, runs and the table. Its policy must let principals of this account use
   * it by their own policies, as the default policy of a key does.
   * @default - keys that AWS owns: no cost, no control over their use
   */
  readonly encryptionKey?: IKey;

  /**
   * Whether buckets, table and log groups outlive the stack. `false` is for environments that come
   * and go: destroying the stack then destroys what it stored.
   * @default true
   */
  readonly retain?: boolean;

  /**
   * How long objects in the runs bucket are kept, by retention class.
   * @default - short: 30 days, standard: 400 days, long: 7 years
   */
  readonly retentionClasses?: Readonly<Record<string, Duration>>;

  /**
   * Retention class of runs whose workflow does not say another.
   * @default "standard"
   */
  readonly retentionClass?: string;

  /**
   * Retention of every log group.
   * @default RetentionDays.THREE_MONTHS
   */
  readonly logRetention?: RetentionDays;

  /**
   * Object Lock on the bundles bucket: until then nobody (governance: nobody without a special
   * permission) can delete what was deployed. Can only be decided before the bucket is created.
   * @default - none
   */
  readonly bundleLock?: ObjectLockRetention;

  /**
   * Object Lock on the runs bucket: the same for what is kept of runs. A lifecycle rule that is shorter
   * waits for it. Can only be decided before the bucket is created.
   * @default - none
   */
  readonly runLock?: ObjectLockRetention;

  /**
   * `DEBUG`, `INFO`, `WARN` or `ERROR`, for every function.
   * @default "INFO"
   */
  readonly logLevel?: "DEBUG" | "INFO" | "WARN" | "ERROR";

  /**
   * Whether the traces of runs show what models wrote, and what tools were given and gave, masked by
   * data class.
   * @default false
   */
  readonly traceContent?: boolean;

  /**
   * What alarms do.
   * @default - they only show their state
   */
  readonly alarmActions?: readonly IAlarmAction[];

  /**
   * A dashboard of the environment. CloudWatch takes a monthly fee for more than three of an account.
   * @default true
   */
  readonly dashboard?: boolean;

  /**
   * Whether state machines are published as versions behind the alias `live`. False for endpoints
   * that have no machine versions, such as emulators.
   * @default true
   */
  readonly publish?: boolean;

  /**
   * Whose runs these are, all of them; runs for another customer are refused.
   * @default - each run says whose it is
   */
  readonly customer?: string;

  /**
   * What replaces a manifest's configuration defaults in this environment, by workflow.
   * @default - the defaults of each manifest
   */
  readonly config?: Readonly<Record<string, JsonObject>>;

  /**
   * Who decides in this environment, by approval policy, in place of the policy's own approvers.
   * @default - the approvers of each policy
   */
  readonly approvers?: Readonly<Record<string, readonly Approver[]>>;

  /**
   * Addresses of the groups that approval policies ask.
   * @default - none
   */
  readonly groups?: Readonly<Record<string, readonly string[]>>;

  /**
   * By what approvers are told, and where their pages are. Secrets are named by their ARNs.
   * @default - nobody is told; `espalier approvals` lists what waits
   */
  readonly notify?: NotifySettings;

  /**
   * Which adapter answers the models of bundles. A key is named by the ARN of its secret; recordings
   * are for one machine only.
   * @default - Amazon Bedrock, in the region of the stack
   */
  readonly models?: ModelSettings;

  /**
   * Tags of everything in the environment, beside `espalier:environment`.
   * @default - none
   */
  readonly tags?: Readonly<Record<string, string>>;

  /**
   * Folder that holds the kit's functions, `NAME/index.ts`.
   * @default - the kit's own
   */
  readonly handlers?: string;
}
