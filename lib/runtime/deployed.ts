/**
 * Names that a deployed environment and the code that runs in it have to agree on: plain data, read
 * by `lib/constructs` (which creates the resources) and by `lib/aws` and `lambdas` (which use them).
 */

/** Attributes of an item of the table, and what it says beside its keys. */
export const TABLE = {
  partition: "pk",
  sort: "sk",
  /** The item's `data`. */
  data: "data",
  /** Its `version`, a number. */
  version: "version",
  /** Unix seconds; DynamoDB's time to live. */
  expiresAt: "expiresAt",
} as const;

/**
 * Every index of the table, each with all attributes. A new one is a name here; DynamoDB allows 20 a
 * table, and adds one of them in each deployment of an existing table. Access patterns stand in
 * `runs.ts` and `approval-store.ts`; what an approver may decide, and usage, are found by primary key.
 */
export const INDEXES = ["all", "workflow", "status", "customer", "run", "queue"] as const;
export type IndexName = (typeof INDEXES)[number];

/** Attributes that hold an item's key in an index; an item without them is not in the index. */
export function indexKeys(index: string): { readonly partition: string; readonly sort: string } {
  return { partition: `${index}_pk`, sort: `${index}_sk` };
}

/** First part of the partition keys that a function is limited to (`dynamodb:LeadingKeys`). */
export const PARTITIONS = {
  run: "run#",
  approval: "approval#",
  approver: "approver#",
  /** Who has looked at a request. */
  opened: "approval-opened#",
  effect: "effect#",
  /** What an agent has done and been answered. */
  journal: "journal#",
  /** What a model step has been answered. */
  model: "model#",
  /** Answers that are taken again (`cache`). */
  answer: "answer#",
  budget: "budget#",
  rate: "rate#",
  switch: "switch#",
  memory: "memory#",
  /** What was sent to whom about a request. */
  notified: "notified#",
  /** Requests of Slack that were taken already. */
  interaction: "interaction#",
  /** How often links are used, and which do not count any more. */
  link: "link-",
  /** Audit streams, and how far they have come. */
  audit: "audit",
} as const;

/** Where objects lie. Digests stand without their `sha256:`, as a colon is unsafe in a key. */
export const OBJECTS = {
  /** Runs bucket, `artifacts/HEX`: content-addressed, written only with `If-None-Match: *`. */
  artifacts: "artifacts/",
  /** Runs bucket, `runs/RUN/…`: what is kept of a run. */
  runs: "runs/",
  /** Bundles bucket, `bundles/HEX/…`: written only with `If-None-Match: *`. */
  bundles: "bundles/",
  /** Bundles bucket, `bundles/blobs/HEX`: the files of all bundles, each stored once. */
  bundleFiles: "bundles/blobs/",
} as const;

/** Tag of an object in the runs bucket that says how long it is kept; its value is a retention class. */
export const RETENTION_TAG = "espalier-retention";

/** Environment variables of deployed functions; `lib/constructs/README.md` says which has which. */
export const VARIABLES = {
  environment: "ESPALIER_ENVIRONMENT",
  table: "ESPALIER_TABLE",
  runsBucket: "ESPALIER_RUNS_BUCKET",
  bundlesBucket: "ESPALIER_BUNDLES_BUCKET",
  /** Retention class of what the function stores. */
  retention: "ESPALIER_RETENTION",
  /** `DEBUG`, `INFO`, `WARN` or `ERROR`. */
  logLevel: "ESPALIER_LOG_LEVEL",
  /** `true`: traces show content. */
  traceContent: "ESPALIER_TRACE_CONTENT",
  /** Effect of the step. */
  effect: "ESPALIER_EFFECT",
  /** ARN that the intake starts runs on: the machine's alias, or the machine where none is published. */
  stateMachine: "ESPALIER_STATE_MACHINE",
  /** URL of the queue for what the intake refuses. */
  deadLetters: "ESPALIER_DEAD_LETTERS",
  /** Which adapter answers models here: JSON of `ModelSettings`. */
  models: "ESPALIER_MODELS",
  /** JSON: ARN of a version, by the name of a tool's function in the plan. */
  tools: "ESPALIER_TOOLS",
  /** What the ARNs of all machines of this account and region begin with; a name follows. */
  machines: "ESPALIER_MACHINES",
  /** ARN of the function of approvals, which tells people. */
  approval: "ESPALIER_APPROVAL",
  /** `https://…`, where the pages of approvals are reached. */
  pages: "ESPALIER_PAGES",
  /** ARN of the secret whose keys sign links. */
  linkKeys: "ESPALIER_LINK_KEYS",
} as const;

/** Where every metric of ours lies in CloudWatch. */
export const METRIC_NAMESPACE = "Espalier";

/** What the sweep counts; an alarm of the platform looks at it. By the dimension `environment`. */
export const STUCK_RUNS = { metric: "StuckRuns", dimension: "environment" } as const;

/** Attempts of models, agents and the like that failed, by their error's name. */
export const FAILURES = { metric: "Failures", dimensions: ["environment", "error"] } as const;

/** What is counted of approvals; alarms and the dashboard look at it. */
export const APPROVAL_METRICS = {
  dimension: "environment",
  /** Open requests; open ones past their deadline. Written by the sweep. */
  queueDepth: "ApprovalQueueDepth",
  overdue: "ApprovalsOverdue",
  /** Of each request when it is decided, in milliseconds since it was made. */
  timeToFirstOpen: "ApprovalTimeToFirstOpen",
  timeToDecide: "ApprovalTimeToDecide",
  /** One for each proposal that people rejected or changed, by category as well. */
  overridden: "ApprovalsOverridden",
  /** One each time. */
  escalated: "ApprovalsEscalated",
  expired: "ApprovalsExpired",
  /** Requests that no channel got to anybody. */
  reachedNobody: "ApprovalsReachedNobody",
  /** Decisions that the sweep had to deliver, or deliver again. */
  redelivered: "ApprovalsRedelivered",
} as const;

/** Alias of every function and machine of the kit that has one. */
export const LIVE = "live";

/** Start of the names of everything that belongs to an environment. */
export function environmentPrefix(environment: string): string {
  return `espalier-${environment}`;
}

/** Name of a workflow's state machine: how the CLI and other workflows find it. */
export function machineName(environment: string, workflow: string): string {
  return `${environmentPrefix(environment)}-${workflow}`;
}

/**
 * Name of the Systems Manager parameter that says where an environment's parts are: a JSON text of
 * the shape `EnvironmentParts`.
 */
export function environmentParameter(environment: string): string {
  return `/espalier/${environment}`;
}

export interface EnvironmentParts {
  readonly format: 1;
  readonly environment: string;
  readonly table: string;
  readonly runsBucket: string;
  readonly bundlesBucket: string;
  readonly eventBus: string;
  /** Retention class of artifacts that come from outside of a run; absent: deployed before this was said. */
  readonly retention?: string | undefined;
  /** Whether machines have versions and the alias `live`. */
  readonly publish: boolean;
  /** ARN of the function that stores what is asked and tells people; absent: deployed before this was said. */
  readonly approval?: string | undefined;
  /** Where the pages of approvals are reached; absent: nobody is told here (`notify`). */
  readonly pages?: string | undefined;
  /** ARN of the secret whose keys sign links. */
  readonly linkKeys?: string | undefined;
}
