/** What the API says about executions. */
import { EngineError } from "./errors.ts";
import type { Execution, ExecutionStart, ExecutionStatus } from "./execution.ts";
import type { MachineType, StoredMachine } from "./machines.ts";

/** Dates are Dates; `input` and `output` are JSON texts. */
export interface DescribeExecution {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: Date;
  readonly stopDate?: Date;
  readonly input: string;
  readonly inputDetails: { readonly included: boolean };
  readonly output?: string;
  readonly outputDetails?: { readonly included: boolean };
  readonly error?: string;
  readonly cause?: string;
  readonly redriveCount: number;
  readonly redriveDate?: Date;
  readonly redriveStatus: "REDRIVABLE" | "NOT_REDRIVABLE";
  readonly redriveStatusReason?: string;
}

export interface ExecutionListItem {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly startDate: Date;
  readonly stopDate?: Date;
  readonly redriveCount: number;
  readonly redriveDate?: Date;
}

export interface StateMachineListItem {
  readonly stateMachineArn: string;
  readonly name: string;
  readonly type: MachineType;
  readonly creationDate: Date;
}

export interface DescribeStateMachine extends StateMachineListItem {
  readonly status: "ACTIVE";
  /** The definition's text, as it was given. */
  readonly definition: string;
  readonly roleArn: string;
  readonly revisionId: string;
  readonly updateDate: Date;
  /** Published versions, oldest first. */
  readonly versions: readonly {
    readonly stateMachineVersionArn: string;
    readonly creationDate: Date;
  }[];
}

export function machineListItem(machine: StoredMachine): StateMachineListItem {
  const { arn, name, type, creationDate } = machine;
  return { stateMachineArn: arn, name, type, creationDate: new Date(creationDate) };
}

export function describeMachine(machine: StoredMachine, definition: string): DescribeStateMachine {
  return {
    ...machineListItem(machine),
    status: "ACTIVE",
    definition,
    roleArn: machine.roleArn,
    revisionId: machine.revisionId,
    updateDate: new Date(machine.updateDate),
    versions: machine.versions.map(({ creationDate }, i) => ({
      stateMachineVersionArn: `${machine.arn}:${i + 1}`,
      creationDate: new Date(creationDate),
    })),
  };
}

/** The part of an execution that lists and descriptions need. */
export interface Summary {
  readonly start: ExecutionStart;
  readonly status: ExecutionStatus;
  readonly stopDate: number | undefined;
  readonly redriveCount: number;
  readonly redriveDate: number | undefined;
}

export function describe(x: Execution): DescribeExecution {
  return {
    ...listItem(x),
    input: x.start.input,
    inputDetails: { included: true },
    ...(x.output === undefined
      ? {}
      : { output: JSON.stringify(x.output), outputDetails: { included: true } }),
    ...(x.error === undefined ? {} : { error: x.error }),
    ...(x.cause === undefined ? {} : { cause: x.cause }),
    ...redriveStatus(x),
  };
}

function redriveStatus(
  x: Execution,
): Pick<DescribeExecution, "redriveStatus" | "redriveStatusReason"> {
  const reason = whyNotRedrivable(x);
  if (reason === undefined) return { redriveStatus: "REDRIVABLE" };
  return { redriveStatus: "NOT_REDRIVABLE", redriveStatusReason: reason };
}

export function whyNotRedrivable(x: Execution): string | undefined {
  if (x.start.express) return "Execution is EXPRESS and cannot be redriven";
  if (x.status === "RUNNING") return "Execution is RUNNING and cannot be redriven";
  if (x.status === "SUCCEEDED") return "Execution is SUCCEEDED and cannot be redriven";
  if (x.lastId >= 24_999) return "Execution history event limit exceeded";
  return undefined;
}

export function listItem(x: Summary): ExecutionListItem {
  return {
    executionArn: x.start.arn,
    stateMachineArn: x.start.machineArn,
    name: x.start.name,
    status: x.status,
    startDate: new Date(x.start.startDate),
    ...(x.stopDate === undefined ? {} : { stopDate: new Date(x.stopDate) }),
    redriveCount: x.redriveCount,
    ...(x.redriveDate === undefined ? {} : { redriveDate: new Date(x.redriveDate) }),
  };
}

/** Cuts a page out of a list. Tokens say where to go on; they are not secret. */
export function page<T>(
  items: readonly T[],
  most: number,
  maxResults: number | undefined,
  token: string | undefined,
): { items: readonly T[]; nextToken?: string } {
  const size =
    maxResults === undefined || maxResults === 0 ? Math.min(100, most) : Math.min(maxResults, most);
  const from = token === undefined ? 0 : readToken(token);
  const next = from + size;
  const cut = items.slice(from, next);
  return next < items.length ? { items: cut, nextToken: writeToken(next) } : { items: cut };
}

function writeToken(offset: number): string {
  return Buffer.from(`from:${offset}`).toString("base64url");
}

function readToken(token: string): number {
  const match = /^from:(\d+)$/.exec(Buffer.from(token, "base64url").toString());
  if (match !== null) return Number(match[1]);
  throw new EngineError("InvalidToken", `Invalid Token: '${token}'`);
}
