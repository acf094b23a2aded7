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
    return { arn, direct: true, service: "lambda", action: "invoke", pattern: "response" };
  }
  const suffix = /\.(?:waitForTaskToken|sync(?::2)?)$/.exec(optimized)?.[0] ?? "";
  const target = suffix === "" ? optimized : optimized.slice(0, -suffix.length);
  const colon = target.lastIndexOf(":");
  return {
    arn,
    direct: false,
    service: target.slice(0, colon),
    action: target.slice(colon + 1) + suffix,
    pattern: PATTERNS[suffix] ?? "response",
  };
}
