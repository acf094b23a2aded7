/**
 * A repair makes a failed run go on from one of its steps. Where that step gets another input, it is a
 * new run of the workflow, told by its envelope (`run.repair`) what it goes on from: every call that
 * asks for what the failed run was answered already gets that answer, from one artifact.
 */
import { digestOfJson } from "../canonical-json.ts";
import type { Json } from "../json.ts";
import type { ArtifactRef } from "../ports.ts";

/** In the envelope, in every call, and as `$run.repair` in a manifest. */
export interface Repair {
  /** The run that failed. */
  readonly of: { readonly id: string; readonly startedAt: string };
  /** From where it goes on. */
  readonly step: string;
  readonly iteration: string;
  readonly by: string;
  readonly reason: string;
  /** Paths in the step's input whose values are other; the values are in the document only. */
  readonly changed: readonly string[];
  /** A `RepairDocument`. */
  readonly document: ArtifactRef;
}

/** What the failed run has come to, and what is repaired of it; both by `placeOf` a step. */
export interface RepairDocument {
  readonly format: 1;
  /** In place of what the machine gives. */
  readonly inputs: { readonly [place: string]: Json };
  readonly results: { readonly [place: string]: FinishedStep };
}

/** What a function answered. */
export interface FinishedStep {
  /** Digest of the input that it was given, as the call carried it. */
  readonly input: string;
  readonly output: Json;
}

export interface RepairRequest {
  readonly run: string;
  /** Absent: the one that failed. */
  readonly step?: string;
  /** Position in maps and repeats, where the step failed in more than one. */
  readonly iteration?: string;
  /** Absent: as it was. */
  readonly input?: Json;
  readonly reason: string;
  /** Who asks for it. */
  readonly by: string;
}

export interface Repaired {
  /** The run that goes on. */
  readonly run: string;
  /** `redriven`: the failed run itself, by Step Functions. */
  readonly how: "redriven" | "new run";
  readonly step: string;
  readonly iteration: string;
  readonly changed: readonly string[];
  /** Steps whose recorded results the new run takes. */
  readonly taken: readonly string[];
  /** Steps that no function performs: what they did, the new run does once more. */
  readonly again: readonly string[];
}

/** Events of a repair in the audit of both runs. */
export const REPAIR_EVENTS = { repaired: "run.repaired", continues: "run.continues" } as const;

export function placeOf(step: string, iteration: string): string {
  return `${step} ${iteration}`;
}

export function digestOfInput(input: Json): string {
  return digestOfJson(input);
}
