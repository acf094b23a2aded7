/**
 * The package `espalier`: what the code of a bundle imports. Everything here ends up in deployed
 * functions, so it holds what a handler needs and nothing else.
 */

// One zod for contracts and handlers: same instance, same version (decision 0020). The compiler of
// handlers keeps of it what they use (decision 0049).
export * as z from "zod";
export { type ArtifactSchema, artifact } from "./artifact.ts";
export type { ArtifactHandle } from "./artifact-handle.ts";
export type { RunIdentity } from "./call.ts";
export type {
  BundleFile,
  LogData,
  Logger,
  Metrics,
  MetricUnit,
  StepArtifacts,
  StepContext,
} from "./context.ts";
export { type ErrorName, StepError } from "./errors.ts";
export type { Json, JsonObject } from "./json.ts";
export {
  type StandIn,
  type StandInAnswer,
  type StandInContext,
  type StandInFault,
  standIn,
} from "./model/stand-in.ts";
export type { ArtifactRef } from "./ports.ts";
export { type StepOptions, step } from "./step.ts";
export type { StepDefinition } from "./step-definition.ts";
