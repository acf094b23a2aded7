import { z } from "zod";
import { csvText } from "../../pages/csv.ts";
import type { AuditEntry } from "../../runtime/audit.ts";
import type { Json } from "../../runtime/json.ts";
import type { AuditVerdict } from "../../runtime/verify-audit.ts";
import { defineCommand, type Invocation, type Outcome } from "../command.ts";
import { usageFailure } from "../failure.ts";
import { AUDIT_COLUMNS, auditRow } from "../runs/audit-rows.ts";
import { nothingRan, readControl } from "../runs/open-control.ts";
import { safeText } from "../text/safe-text.ts";

export const audit = defineCommand({
  name: "audit",
  aws: true,
  summary: "Export what people did about a run, and verify that nobody has touched it",
  details:
    "Each entry holds the digest of the one before it. verify finds an entry that was changed, removed, inserted or moved, and ends with 1 then; against somebody who rewrites a whole stream helps only a digest that was kept elsewhere, which verify prints.",
  arguments: [
    ["<action>", "export or verify"],
    ["[run]", "id of the run"],
  ],
  options: [
    { flags: "--all", description: "of verify: every run, and the switch" },
    { flags: "--csv", description: "of export: rows with commas, for a spreadsheet" },
  ],
  examples: [
    { command: "espalier audit export license-review-01 --csv", says: "the entries of a run" },
    {
      command: "espalier audit verify --all",
      says: "whether all of them are as they were written",
    },
  ],
  shape: {
    args: z.tuple([
      z.enum(["export", "verify"], { error: "expected export or verify" }),
      z.string().min(1).optional(),
    ]),
    options: z.object({ all: z.boolean().default(false), csv: z.boolean().default(false) }),
  },
  async perform(invocation, [action, run], { all, csv }) {
    if (action === "export") {
      if (run === undefined || all) {
        throw usageFailure("Which run?", "For example audit export license-review-01");
      }
      return exported(invocation, run, csv);
    }
    if ((run === undefined) === !all) {
      throw usageFailure("Either a run, or --all", "For example audit verify --all");
    }
    return verified(invocation, run);
  },
});

async function exported(invocation: Invocation, run: string, csv: boolean): Promise<Outcome> {
  const entries = await readControl(
    invocation,
    async (control): Promise<readonly AuditEntry[]> => {
      const found = await control.audit(run);
      // Says that there is no such run, rather than that nothing was done about it.
      if (found.length === 0) await control.run(run);
      return found;
    },
    () => nothingRan(invocation),
  );
  const document = { audit: entries as unknown as Json };
  if (csv) {
    invocation.out.line(csvText([AUDIT_COLUMNS, ...entries.map(auditRow)]).trimEnd());
  } else if (!invocation.json) {
    invocation.out.line(JSON.stringify(document, null, 2));
  }
  return { exitCode: 0, document };
}

async function verified(invocation: Invocation, run: string | undefined): Promise<Outcome> {
  const verdicts = await readControl(
    invocation,
    (control) => control.verifyAudit(run),
    () => nothingRan(invocation),
  );
  const { out } = invocation;
  const problems = verdicts.flatMap((verdict) => verdict.problems);
  for (const verdict of verdicts)
    out.lines(verdictLines(verdict, run !== undefined, out.color.red));
  const entries = verdicts.reduce((sum, verdict) => sum + verdict.entries, 0);
  const found = counted(entries, "entry", "entries");
  if (problems.length === 0) {
    const streams = counted(verdicts.length, "stream", "streams");
    out.line(`${out.color.green("Untouched")}: ${found} in ${streams}.`);
  } else {
    const word = counted(problems.length, "problem", "problems");
    out.line(`${out.color.red("Touched")}: ${word} in ${found}.`);
  }
  return {
    exitCode: problems.length === 0 ? 0 : 1,
    document: { verified: problems.length === 0, streams: verdicts as unknown as Json },
  };
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}

function verdictLines(
  { stream, problems, last }: AuditVerdict,
  single: boolean,
  red: (text: string) => string,
): readonly string[] {
  const found = problems.map(
    ({ number, kind, message }) =>
      `${red(kind)}  ${safeText(stream)} ${number}: ${safeText(message)}`,
  );
  // To be kept elsewhere.
  return single && last ? [...found, `last entry ${last.number}, ${last.digest}`] : found;
}
