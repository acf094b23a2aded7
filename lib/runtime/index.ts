/**
 * The package `espalier`: what the code of a bundle imports. Everything here ends up in deployed
 * functions, so it holds what a handler needs and nothing else.
 */

// One zod for contracts and handlers: the same instance, the same version, once in a function's code.
export { z } from "zod";
export { type ArtifactHandle, type ArtifactSchema, artifact } from "./artifact.ts";
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
export type { ArtifactRef } from "./ports.ts";
export { type StepDefinition, type StepOptions, step } from "./step.ts";
