/**
 * The messages between a state machine and its functions. The compiler writes them into the ASL
 * (`Arguments.Payload`), the step wrapper reads them; nothing else knows their shape.
 */
import type { Json, JsonObject } from "./json.ts";
import type { Repair } from "./repair/repair.ts";

/** Who and what a run is: `$run` in a manifest, `run` in a handler. */
export interface RunIdentity {
  /** The execution's name. */
  readonly id: string;
  readonly workflow: string;
  /** `version` of the manifest. */
  readonly version: string;
  /** Digest of the bundle that runs, `sha256:…`. */
  readonly digest: string;
  readonly environment: string;
  readonly customer: string | null;
  /** Who or what asked for the run: an address, an ARN, `trigger:NAME`. */
  readonly principal: string;
  /** ISO 8601. */
  readonly startedAt: string;
}

/** The execution's input. `$input` is `input`; `$config` is `config`. */
export interface RunInput {
  readonly input: Json;
  readonly run: {
    readonly principal: string;
    readonly customer: string | null;
    /** Only of an express run: ISO 8601, when its name was claimed. Its `$run.startedAt`. */
    readonly startedAt?: string | undefined;
    /** Only of a run that goes on from one that failed. Its `$run.repair`. */
    readonly repair?: Repair | undefined;
  };
  readonly config: JsonObject;
}

/** `Arguments.Payload` of every task step. */
export interface StepCall {
  readonly run: RunIdentity;
  readonly step: {
    readonly id: string;
    /** Position in the maps and repeats around the step, outermost first: `""`, `"3"`, `"3.0"`. */
    readonly iteration: string;
    /** 0 at the first attempt, then Step Functions' retry count. */
    readonly attempt: number;
  };
  readonly input: Json;
  /** Of a tool: what its agent was given (`with`), whatever the model asks it for. */
  readonly given?: Json;
  readonly config: JsonObject;
  /** Null or absent: the run goes on from no other. */
  readonly repair?: Repair | null | undefined;
}

/** `Arguments.Payload` of every stage of an approval (the function is invoked with `.waitForTaskToken`). */
export interface ApprovalCall {
  readonly run: RunIdentity;
  readonly step: { readonly id: string; readonly iteration: string; readonly attempt: number };
  /** Task token: never leaves the store. */
  readonly token: string;
  /** Value of `required`: false means "granted by rule", recorded like any other decision. */
  readonly required: boolean;
  /** Name of the approval policy, and its resolved content. */
  readonly policy: Json;
  /** The value of `with`: what the approver is shown. */
  readonly evidence: Json;
  /** Part of the request's identity: an agent's `toolUseId`. Absent: empty, as for an approval step. */
  readonly key?: string | undefined;
  /** Index into the policy's stages (`stagesOf`). Absent: the first, of a machine that has only that. */
  readonly stage?: number | undefined;
  /** The stage's timeout as the machine waits for it; null: no end. Absent: as the policy says. */
  readonly seconds?: number | null | undefined;
  /** The deadline of the stage's level as the schedule has it; absent: counted from now. */
  readonly deadline?: string | null | undefined;
  /** When the schedule has the stage begin, ISO 8601. Absent: nothing was scheduled, or cannot be again. */
  readonly begins?: string | undefined;
  /** Of the schedule, where it may be that nobody is asked: the first stage carries it. */
  readonly verdict?: Schedule["verdict"] | undefined;
  /** Null or absent: the run goes on from no other. */
  readonly repair?: Repair | null | undefined;
  /** Data classes of parts of `evidence`, by dotted path, where contracts mark any. */
  readonly classes?: { readonly [path: string]: string } | undefined;
}

/** `Arguments.Payload` of `ID.schedule`, which computes how long stages last in business hours. */
export interface ScheduleCall {
  readonly operation: "schedule";
  readonly run: RunIdentity;
  readonly step: { readonly id: string; readonly iteration: string; readonly attempt: number };
  readonly policy: Json;
}

/** What the approval function answers to a `ScheduleCall`. */
export interface Schedule {
  /** One for each of `stagesOf(policy)`, in order. */
  readonly stages: readonly {
    /** What the stage's state waits for; null: no end. */
    readonly seconds: number | null;
    /** Deadline of the stage's level; goes into the stage's call. */
    readonly deadline: string | null;
    /** ISO 8601; goes into the stage's call. */
    readonly begins: string;
  }[];
  /** When the clock starts, ISO 8601; null if it never does (`verdict`). */
  readonly opensAt: string | null;
  /** `rejected`: the business is closed, and the policy says `afterHours: reject`. */
  readonly verdict: null | "rejected";
}

/** A value over 200 KiB that the wrapper stored on its own; loaded again before a handler sees it. */
export interface StoredValue {
  /** Digest of the artifact that holds the JSON text. */
  readonly $stored: string;
  readonly bytes: number;
}
