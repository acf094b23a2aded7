import { Duration, RemovalPolicy, Tags } from "aws-cdk-lib";
import type { IAlarmAction } from "aws-cdk-lib/aws-cloudwatch";
import type { Table } from "aws-cdk-lib/aws-dynamodb";
import { EventBus } from "aws-cdk-lib/aws-events";
import type { IKey } from "aws-cdk-lib/aws-kms";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Bucket } from "aws-cdk-lib/aws-s3";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Environment } from "../../manifest/environment/environment.ts";
import { resolvePolicy } from "../../manifest/environment/resolve-policy.ts";
import {
  type EnvironmentParts,
  environmentParameter,
  environmentPrefix,
  VARIABLES,
} from "../../runtime/deployed.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { ModelSettings } from "../../runtime/model/model.ts";
import { makeDeadLetters } from "../dead-letters.ts";
import { Buckets } from "./buckets.ts";
import { makeTable } from "./make-table.ts";
import { OwnFunctions } from "./own-functions.ts";
import { PlatformAlarms } from "./platform-alarms.ts";
import { makeDashboard } from "./platform-dashboard.ts";
import type { PlatformProps } from "./platform-props.ts";
import { Telling } from "./telling.ts";

/** In the name of a machine a dash ends the environment: `espalier-ENVIRONMENT-WORKFLOW`. */
const ENVIRONMENT = /^[a-z][a-z0-9]{0,15}$/;

const RETENTION_CLASSES = {
  short: Duration.days(30),
  standard: Duration.days(400),
  long: Duration.days(7 * 365),
};

/**
 * What all workflows of an environment share: buckets, table, event bus, the functions behind
 * approvals and the index of runs, alarms and a dashboard. Once for each environment of an account
 * and region. Throws an `Error` for a name that is not possible or a retention class that is unknown.
 */
export class Platform extends Construct {
  readonly environment: string;
  readonly bundles: Bucket;
  readonly runs: Bucket;
  readonly table: Table;
  readonly bus: EventBus;
  readonly functions: OwnFunctions;
  /** Undefined where the environment says nothing of `notify`: nobody is told. */
  readonly telling: Telling | undefined;
  readonly encryptionKey: IKey | undefined;
  readonly retain: boolean;
  readonly retentionClass: string;
  readonly logRetention: RetentionDays;
  /** Of log groups. */
  readonly removalPolicy: RemovalPolicy;
  readonly publish: boolean;
  readonly alarmActions: readonly IAlarmAction[];
  readonly handlers: string | undefined;
  /** Who answers models here. */
  readonly models: ModelSettings;
  /** Environment variables of every function. */
  readonly variables: Readonly<Record<string, string>>;
  /** Whose runs these are, if they are all of one customer. */
  readonly customer: string | undefined;
  readonly #config: Readonly<Record<string, JsonObject>>;
  readonly #people: Pick<Environment, "approvers" | "groups" | "notify">;
  readonly #tags: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: PlatformProps = {}) {
    super(scope, id);
    this.environment = props.environment ?? "dev";
    if (!ENVIRONMENT.test(this.environment)) {
      throw new Error(
        `${this.node.path}: "${this.environment}" cannot name an environment. ` +
          "It needs a lower-case letter, then at most 15 lower-case letters and digits.",
      );
    }
    const retentionClasses = props.retentionClasses ?? RETENTION_CLASSES;
    this.retentionClass = props.retentionClass ?? "standard";
    if (!(this.retentionClass in retentionClasses)) {
      throw new Error(
        `${this.node.path}: the retention class "${this.retentionClass}" is none of ` +
          `${Object.keys(retentionClasses).join(", ")}.`,
      );
    }
    this.retain = props.retain ?? true;
    this.removalPolicy = this.retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.encryptionKey = props.encryptionKey;
    this.logRetention = props.logRetention ?? RetentionDays.THREE_MONTHS;
    this.publish = props.publish ?? true;
    this.alarmActions = props.alarmActions ?? [];
    this.handlers = props.handlers;
    this.models = props.models ?? { adapter: "bedrock" };
    this.customer = props.customer;
    this.#config = props.config ?? {};
    this.#people = {
      approvers: writable(props.approvers ?? {}),
      groups: writable(props.groups ?? {}),
      ...(props.notify && { notify: props.notify }),
    };
    this.#tags = props.tags ?? {};
    this.variables = {
      [VARIABLES.environment]: this.environment,
      [VARIABLES.logLevel]: props.logLevel ?? "INFO",
    };
    this.tag(this);

    const { encryptionKey, retain, environment } = this;
    const buckets = new Buckets(this, "Buckets", {
      encryptionKey,
      retain,
      retentionClasses,
      bundleLock: props.bundleLock,
      runLock: props.runLock,
    });
    this.bundles = buckets.bundles;
    this.runs = buckets.runs;
    this.table = makeTable(this, "Table", { encryptionKey, retain });
    this.bus = new EventBus(this, "Bus", { eventBusName: environmentPrefix(environment) });
    const deadLetters = makeDeadLetters(this, "DeadLetters");
    const { notify } = props;
    const { logRetention, removalPolicy } = this;
    this.telling =
      notify &&
      new Telling(this, "Approvals", {
        ...{ environment, settings: notify, encryptionKey, retain },
        ...{ logRetention, removalPolicy },
      });
    this.functions = new OwnFunctions(this, "Functions", {
      environment,
      buckets,
      table: this.table,
      deadLetters,
      encryptionKey,
      handlers: props.handlers,
      variables: this.variables,
      retentionClass: this.retentionClass,
      traceContent: props.traceContent ?? false,
      logRetention: this.logRetention,
      removalPolicy: this.removalPolicy,
      telling: this.telling,
    });
    if (this.functions.approvals) this.telling?.api.serve(this.functions.approvals.function);
    const alarms = new PlatformAlarms(this, "Alarms", {
      environment,
      functions: this.functions,
      table: this.table,
      deadLetters,
      actions: this.alarmActions,
    });
    if (props.dashboard ?? true) {
      makeDashboard(this, "Dashboard", { environment, alarms: alarms.all, deadLetters });
    }
    this.#publishParts();
  }

  /** What runs of a workflow get as `$config`: the manifest's defaults under this environment's. */
  configOf(workflow: string, defaults: JsonObject): JsonObject {
    return { ...defaults, ...this.#config[workflow] };
  }

  /** An approval policy with the people of this environment. Throws for a group that it does not have. */
  resolvePolicy(policy: ApprovalPolicy): ApprovalPolicy {
    const { policy: resolved, diagnostics } = resolvePolicy(policy, {
      name: this.environment,
      file: "the environment",
      source: null,
      environment: this.#people,
    });
    const [first] = diagnostics;
    if (first) throw new Error(`${this.node.path}: ${first.message}. ${first.hint ?? ""}`);
    return resolved;
  }

  /** Tags everything in `scope` as part of this environment. */
  tag(scope: Construct): void {
    Tags.of(scope).add("espalier:environment", this.environment);
    for (const [name, value] of Object.entries(this.#tags)) Tags.of(scope).add(name, value);
  }

  /** How the CLI finds the environment's parts, whatever the stack is called. */
  #publishParts(): void {
    const parts: EnvironmentParts = {
      format: 1,
      environment: this.environment,
      table: this.table.tableName,
      runsBucket: this.runs.bucketName,
      bundlesBucket: this.bundles.bucketName,
      eventBus: this.bus.eventBusName,
      retention: this.retentionClass,
      publish: this.publish,
      approval: this.functions.approvalAlias.functionArn,
      ...(this.telling && {
        pages: this.telling.api.origin,
        linkKeys: this.telling.keys.secretArn,
      }),
    };
    new StringParameter(this, "Parts", {
      parameterName: environmentParameter(this.environment),
      description: `Where the parts of ${environmentPrefix(this.environment)} are`,
      stringValue: JSON.stringify(parts),
    });
  }
}

/** Lists as the grammar's types have them. */
function writable<T>(lists: Readonly<Record<string, readonly T[]>>): Record<string, T[]> {
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, [...list]]));
}
