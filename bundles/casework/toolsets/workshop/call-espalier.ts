/** Calls the project's own `espalier`, as a person at a terminal would. */
import { StepError, z } from "espalier";
import type { Project } from "./project.ts";
import { run } from "./run-process.ts";

const Refused = z.object({
  error: z.object({
    message: z.string(),
    hint: z.string().nullable(),
    diagnostics: z
      .array(
        z.object({
          severity: z.string(),
          code: z.string(),
          message: z.string(),
          place: z.object({ file: z.string(), line: z.number().optional() }).nullable(),
        }),
      )
      .default([]),
  }),
});

export class Refusal extends StepError {
  /** What `espalier` has found, one sentence each. */
  readonly problems: readonly string[];

  constructor(command: string, problems: readonly string[]) {
    super("Casework.CommandFailed", `espalier ${command}: ${problems.join("; ").slice(0, 2000)}`);
    this.problems = problems;
  }
}

/**
 * Runs `espalier ARGS --json` in a folder, on the project's data, and returns its document: also where
 * it found problems (exit code 1). Throws `Refusal` (`Casework.CommandFailed`) where it could not do
 * what it was asked.
 */
export async function callEspalier<T extends z.ZodType>(
  project: Pick<Project, "cli" | "data">,
  args: readonly [command: string, ...string[]],
  { cwd, shape, signal }: { cwd: string; shape: T; signal: AbortSignal },
): Promise<z.infer<T>> {
  const all = [project.cli, ...args, "--data", project.data, "--json"];
  const { stdout, stderr } = await run(process.execPath, all, { cwd, signal });
  let document: unknown;
  try {
    document = JSON.parse(stdout);
  } catch {
    throw new Refusal(args[0], [lastLine(stderr) || "it has said nothing"]);
  }
  const refused = Refused.safeParse(document);
  if (refused.success) throw new Refusal(args[0], problemsIn(refused.data));
  const read = shape.safeParse(document);
  if (read.success) return read.data;
  throw new Refusal(args[0], [`its document is not as expected: ${z.prettifyError(read.error)}`]);
}

function problemsIn({ error }: z.infer<typeof Refused>): string[] {
  const found = error.diagnostics
    .filter(({ severity }) => severity === "error")
    .map(({ code, message, place }) => {
      const at = place ? `${place.file}${place.line === undefined ? "" : `:${place.line}`}: ` : "";
      return `${at}${code} ${message}`;
    });
  return found.length > 0 ? found : [`${error.message}${error.hint ? ` (${error.hint})` : ""}`];
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
