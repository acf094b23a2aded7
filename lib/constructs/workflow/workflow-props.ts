import type { Duration } from "aws-cdk-lib";
import type { IAlarm } from "aws-cdk-lib/aws-cloudwatch";
import type { PreparedBundle } from "../code/prepared-bundle.ts";
import type { Platform } from "../platform/platform.ts";

export interface WorkflowProps {
  /** The environment that it runs in; may stand in another stack of the same account and region. */
  readonly platform: Platform;

  /**
   * Folder of the bundle, from the working folder; or what `prepareBundle` made of one, which saves
   * a process. Bindings of a folder are those of the platform's environment, in the file beside it:
   * `environments/NAME.yaml`.
   */
  readonly bundle: string | PreparedBundle;

  /**
   * How new runs move to a new version of the machine. Runs in flight end on the version that they
   * began with in any case. Without effect where the platform does not publish machines.
   * @default - all at once
   */
  readonly deployment?: GradualDeployment;

  /**
   * Retention class of what the workflow's runs store.
   * @default - that of the platform
   */
  readonly retentionClass?: string;

  /**
   * Failed runs, or timed-out runs, within five minutes that set off an alarm.
   * @default 1
   */
  readonly failureThreshold?: number;

  /**
   * Whether the log of the machine holds inputs and outputs of states. They may be confidential; the
   * history of a run has them in any case. The log of an express workflow always does: it is the history.
   * @default false
   */
  readonly logExecutionData?: boolean;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/version-rolling-deployment.html */
export interface GradualDeployment {
  /** `canary`: a share first, then the rest. `linear`: a further share at each interval. */
  readonly type: "canary" | "linear";
  /** Share of new runs, 1 to 99 percent. */
  readonly percentage: number;
  /** Between shifts; 1 to 2100 minutes. */
  readonly interval: Duration;
  /**
   * Alarms that take the deployment back while it goes on.
   * @default - the workflow's own alarms for failed and timed-out runs
   */
  readonly alarms?: readonly IAlarm[];
}
