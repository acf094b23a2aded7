import type { z } from "zod";
import type { Json } from "../runtime/json.ts";
import type { AwsTarget } from "./aws/aws-target.ts";
import { usageFailure } from "./failure.ts";
import type { Io } from "./io.ts";
import type { Output } from "./output.ts";

/** What every command is given. */
export interface Invocation {
  readonly io: Io;
  readonly out: Output;
  /** Absolute path of the local runtime's data. */
  readonly dataDir: string;
  /** The deployed environment to work on; undefined: this machine. */
  readonly aws: AwsTarget | undefined;
  /** A command line to suggest: `show X` → `npx espalier show X --data DIR`, as it has to be typed here. */
  readonly suggest: (command: string) => string;
  readonly json: boolean;
  readonly debug: boolean;
}

/** What a command ends with; `document` is what `--json` prints, absent if that is done already. */
export interface Outcome {
  /** One of `ExitCode`, or that of a program that did the work. */
  readonly exitCode: number;
  readonly document?: Json;
}

export interface Example {
  readonly command: string;
  readonly says: string;
}

/** One command: how it is called, and what it does. `main` hands it to commander. */
export interface CliCommand {
  readonly name: string;
  readonly summary: string;
  /** Reads an environment's file: takes --environment, and nothing else of AWS. */
  readonly environment?: true;
  /**
   * Works on a deployed environment too: takes --environment, --profile and --region; in the place of
   * --data, or beside it. What the latter suggest is for this machine.
   */
  readonly aws?: true | "beside data";
  /** Paragraph under the summary in `--help`. */
  readonly details?: string;
  /** `[flags, description]`, as commander spells them: `<required>`, `[optional]`, `[several...]`. */
  readonly arguments?: readonly (readonly [string, string])[];
  readonly options?: readonly CliOption[];
  readonly examples: readonly [Example, ...Example[]];
  readonly perform: (
    invocation: Invocation,
    args: readonly unknown[],
    options: unknown,
  ) => Promise<Outcome>;
}

export interface CliOption {
  readonly flags: string;
  readonly description: string;
  /** May be given several times. */
  readonly repeatable?: boolean;
}

/** Binds a command's action to the shapes of its arguments and options, checked before it runs. */
export function defineCommand<Args extends z.ZodType, Options extends z.ZodType>(
  command: Omit<CliCommand, "perform"> & {
    readonly shape: { readonly args: Args; readonly options: Options };
    readonly perform: (
      invocation: Invocation,
      args: z.infer<Args>,
      options: z.infer<Options>,
    ) => Promise<Outcome>;
  },
): CliCommand {
  const { shape, perform, ...rest } = command;
  return {
    ...rest,
    perform: async (invocation, args, options) =>
      perform(
        invocation,
        parseUsage(shape.args, args, "argument"),
        parseUsage(shape.options, options, "option"),
      ),
  };
}

function parseUsage<T extends z.ZodType>(shape: T, value: unknown, what: string): z.infer<T> {
  const parsed = shape.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  const name = what === "option" ? ` --${dashed(String(issue?.path[0] ?? ""))}` : "";
  throw usageFailure(
    `The ${what}${name} is not valid: ${issue?.message ?? "unexpected value"}`,
    "Run the command with --help to see what it takes.",
  );
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
