import { z } from "zod";
import { usageFailure } from "../failure.ts";
import { shellWord } from "../text/shell-word.ts";

/** A deployed environment, and as whom to work on it; what is absent is decided by AWS's own rules. */
export interface AwsTarget {
  readonly environment?: string;
  readonly region?: string;
  readonly profile?: string;
}

/** What the CDK app deploys where no file of an environment says otherwise. */
export const DEFAULT_ENVIRONMENT = "dev";

const SHAPES = {
  environment: z.string().regex(/^[a-z][a-z0-9]{0,15}$/, {
    error: "expected a lower-case letter, then at most 15 lower-case letters and digits",
  }),
  profile: z.string().trim().min(1, { error: "expected the name of a profile of ~/.aws/config" }),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, {
    error: "expected a region such as eu-central-1",
  }),
};

const OPTIONS = ["environment", "profile", "region"] as const;

/** The target that the global options name; undefined for work on this machine. Throws for wrong usage. */
export function awsTarget(globals: Readonly<Record<string, unknown>>): AwsTarget | undefined {
  const given = OPTIONS.filter((name) => globals[name] !== undefined);
  const entries = given.map((name) => {
    const parsed = SHAPES[name].safeParse(globals[name]);
    if (parsed.success) {
      return [name, parsed.data];
    }
    throw usageFailure(
      `The option --${name} is not valid: ${parsed.error.issues[0]?.message ?? "unexpected value"}`,
      "Run the command with --help to see what it takes.",
    );
  });
  return given.length === 0 ? undefined : (Object.fromEntries(entries) as AwsTarget);
}

/** The options again, as they are typed: ` --environment prod --region eu-west-1`. */
export function targetOptions(target: AwsTarget): string {
  return OPTIONS.map((name) => {
    const value = target[name];
    return value === undefined ? "" : ` --${name} ${shellWord(value)}`;
  }).join("");
}

/** `the environment "prod" in eu-west-1`, for sentences. */
export function targetText({ environment = DEFAULT_ENVIRONMENT, region }: AwsTarget): string {
  return `the environment "${environment}"${region === undefined ? "" : ` in ${region}`}`;
}
