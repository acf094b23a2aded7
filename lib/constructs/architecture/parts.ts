/** What the picture of a deployed environment shows, and where. Units are pixels. */

export interface Part {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly x: number;
  readonly y: number;
  /** CloudFormation type that the templates must have; null for what lies outside of them. */
  readonly type: string | null;
}

type Side = "left" | "right" | "top" | "bottom";

export interface Arrow {
  readonly from: readonly [id: string, side: Side];
  readonly to: readonly [id: string, side: Side];
  readonly label: string;
  /** Corners between the two ends; none for a straight arrow, or one with a bend in the middle. */
  readonly corners: readonly Point[];
  /** Where the label's middle stands. */
  readonly labelAt?: Point;
  /** Moves an end along its side. */
  readonly shift?: { readonly from?: number; readonly to?: number };
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Frame {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const SIZE = { width: 1180, height: 820 } as const;
export const PART = { width: 170, height: 58 } as const;

const COLUMN = [30, 270, 500, 730, 970] as const;

export const FRAMES: readonly Frame[] = [
  { title: "Workflow: one for each bundle", x: 245, y: 50, width: 690, height: 290 },
  { title: "Platform: one for each environment", x: 245, y: 385, width: 690, height: 405 },
];

export const PARTS: readonly Part[] = [
  part("events", "Events", "EventBridge rule", COLUMN[0], 90, "AWS::Events::Rule"),
  part(
    "schedules",
    "Schedules",
    "EventBridge Scheduler",
    COLUMN[0],
    165,
    "AWS::Scheduler::Schedule",
  ),
  part("requests", "Requests", "function URL, IAM", COLUMN[0], 240, "AWS::Lambda::Url"),
  part("intake", "Intake", "checks input, names runs", COLUMN[1], 165, "AWS::Lambda::Function"),
  part("dead", "Dead letters", "what was refused", COLUMN[1], 265, "AWS::SQS::Queue"),
  part(
    "alias",
    "Alias “live”",
    "shifts new runs gradually",
    COLUMN[2],
    90,
    "AWS::StepFunctions::StateMachineAlias",
  ),
  part(
    "machine",
    "State machine",
    "a version for each change",
    COLUMN[2],
    190,
    "AWS::StepFunctions::StateMachine",
  ),
  part("steps", "Steps", "agents too; a role each", COLUMN[3], 190, "AWS::Lambda::Version"),
  part("tools", "Tools", "a function and role each", COLUMN[3], 278, "AWS::Lambda::Function"),
  part("models", "Models", "Bedrock or another", COLUMN[4], 90, null),
  part("alarms", "Alarms", "failed, timed out, refused", COLUMN[3], 90, "AWS::CloudWatch::Alarm"),
  part(
    "snapshot",
    "Snapshot",
    "keeps what is deployed",
    COLUMN[1],
    430,
    "Custom::EspalierSnapshot",
  ),
  part("approval", "Approval", "stores request and token", COLUMN[2], 430, "AWS::Lambda::Alias"),
  part("runs", "Runs", "index; history at the end", COLUMN[3], 430, "AWS::Lambda::Function"),
  part("bundles", "Bundles bucket", "by digest, write-once", COLUMN[1], 590, "AWS::S3::Bucket"),
  part("table", "Table", "runs, approvals, effects", COLUMN[2], 590, "AWS::DynamoDB::Table"),
  part("storage", "Runs bucket", "artifacts, run snapshots", COLUMN[3], 590, "AWS::S3::Bucket"),
  part("bus", "Event bus", "what workflows emit", COLUMN[4], 190, "AWS::Events::EventBus"),
  part(
    "pages",
    "Approval pages",
    "HTTP API, a link each",
    COLUMN[2],
    700,
    "AWS::ApiGatewayV2::Api",
  ),
  part("person", "Approver", "decides, with a reason", COLUMN[4], 700, null),
];

export const ARROWS: readonly Arrow[] = [
  arrow("events right", "intake left"),
  arrow("schedules right", "intake left"),
  arrow("requests right", "intake left"),
  arrow("intake bottom", "dead top", { label: "refused", labelAt: { x: 385, y: 248 } }),
  arrow("intake right", "alias left", { label: "starts", labelAt: { x: 446, y: 150 } }),
  arrow("alias bottom", "machine top"),
  arrow("machine right", "steps left", { label: "invokes", labelAt: { x: 700, y: 212 } }),
  arrow("steps bottom", "tools top"),
  arrow("steps right", "models left", {
    shift: { from: -15 },
    corners: [
      { x: 952, y: 204 },
      { x: 952, y: 119 },
    ],
    label: "asks",
    labelAt: { x: 970, y: 175 },
  }),
  arrow("machine bottom", "approval top", {
    label: "asks, waits",
    labelAt: { x: 548, y: 305 },
  }),
  arrow("machine bottom", "runs top", {
    shift: { from: 50 },
    corners: [
      { x: 635, y: 364 },
      { x: 815, y: 364 },
    ],
    label: "status changes",
    labelAt: { x: 725, y: 357 },
  }),
  arrow("machine right", "bus left", {
    shift: { from: 18, to: 18 },
    corners: [
      { x: 690, y: 237 },
      { x: 690, y: 270 },
      { x: 945, y: 270 },
      { x: 945, y: 237 },
    ],
    label: "emits",
    labelAt: { x: 755, y: 263 },
  }),
  arrow("approval bottom", "table top", { label: "requests", labelAt: { x: 548, y: 545 } }),
  arrow("runs bottom", "storage top", { label: "run snapshots", labelAt: { x: 870, y: 545 } }),
  arrow("runs bottom", "table top", {
    shift: { from: -50, to: 50 },
    corners: [
      { x: 765, y: 520 },
      { x: 635, y: 520 },
    ],
    label: "run records",
    labelAt: { x: 670, y: 562 },
  }),
  arrow("snapshot bottom", "bundles top", { label: "copies", labelAt: { x: 383, y: 545 } }),
  arrow("steps right", "storage right", {
    corners: [
      { x: 920, y: 219 },
      { x: 920, y: 619 },
    ],
    label: "artifacts",
    labelAt: { x: 884, y: 366 },
  }),
  arrow("approval right", "person top", {
    shift: { from: 12 },
    corners: [
      { x: 706, y: 471 },
      { x: 706, y: 674 },
      { x: 1055, y: 674 },
    ],
    label: "mail, Slack, …",
    labelAt: { x: 990, y: 667 },
  }),
  arrow("person left", "pages right", { label: "decides", labelAt: { x: 815, y: 722 } }),
  arrow("pages top", "table bottom", { label: "decisions", labelAt: { x: 548, y: 685 } }),
];

function part(
  id: string,
  title: string,
  note: string,
  x: number,
  y: number,
  type: string | null,
): Part {
  return { id, title, note, x, y, type };
}

/** `"intake right"`: a part, and the side that the arrow leaves or reaches it on. */
function arrow(from: string, to: string, more: Partial<Arrow> = {}): Arrow {
  const end = (text: string) => text.split(" ") as [string, Side];
  return { label: "", corners: [], ...more, from: end(from), to: end(to) };
}
