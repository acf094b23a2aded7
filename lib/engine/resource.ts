import type { JsonObject } from "./json.ts";

/** What a Task's `Resource` says. */
export interface Resource {
  /** As written in the definition. */
  readonly arn: string;
  /** A function named directly records Lambda events; everything else records Task events. */
  readonly direct: boolean;
  /** `lambda`, `states`, `aws-sdk:dynamodb`... */
  readonly service: string;
  /** `invoke`, `startExecution.sync:2`... as the history names it. */
  readonly action: string;
  readonly pattern: "response" | "token" | "sync" | "sync2";
  /** It starts an execution of this engine. */
  readonly nested: boolean;
  /** `resource` and `resourceType`, which all Task events carry. */
  readonly where: JsonObject;
}

const PATTERNS: Readonly<Record<string, Resource["pattern"]>> = {
  ".waitForTaskToken": "token",
  ".sync": "sync",
  ".sync:2": "sync2",
};

/**
 * Reads `arn:PARTITION:states:::SERVICE:ACTION[.PATTERN]`, else the ARN of a function.
 * https://docs.aws.amazon.com/step-functions/latest/dg/connect-to-resource.html
 */
export function parseResource(arn: string): Resource {
  const optimized = /^arn:[^:]+:states:[^:]*:[^:]*:(?!activity:)(.+)$/.exec(arn)?.[1];
  if (optimized === undefined) {
    const where = { resource: "invoke", resourceType: "lambda" };
    return {
      arn,
      direct: true,
      service: "lambda",
      action: "invoke",
      pattern: "response",
      nested: false,
      where,
    };
  }
  const suffix = /\.(?:waitForTaskToken|sync(?::2)?)$/.exec(optimized)?.[0] ?? "";
  const target = suffix === "" ? optimized : optimized.slice(0, -suffix.length);
  const colon = target.lastIndexOf(":");
  const service = target.slice(0, colon);
  const verb = target.slice(colon + 1);
  const action = verb + suffix;
  return {
    arn,
    direct: false,
    nested: verb === "startExecution" && (service === "states" || service === "aws-sdk:sfn"),
    service,
    action,
    where: { resource: action, resourceType: service },
    pattern: PATTERNS[suffix] ?? "response",
  };
}
