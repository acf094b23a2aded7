/** Votes of judges, as they are kept beside a scenario, and what they come to. */
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Plan } from "../../../compiler/plan.ts";
import type { Check } from "../../../manifest/scenario/check.ts";
import type { ModelDocument, Usage } from "../../../runtime/model/model.ts";
import type { OpenedModel } from "../../../runtime/model/opened-model.ts";
import { digestOfRequest } from "../../../runtime/model/request-digest.ts";
import type { Played } from "../played.ts";
import { evaluate } from "./evaluate.ts";
import { judgeModel, judgeRequest, shownToJudge, type Vote, voteIn } from "./judge-request.ts";
import type { CheckOutcome } from "./perform-check.ts";

export const JUDGMENTS_FILE = "judgments.json";

type Judge = Extract<Check, { readonly check: "judge" }>;

/** By digest of the request, in the order in which they were given. */
export type Judgments = { readonly [request: string]: readonly Vote[] };

const Judgments = z.record(
  z.string(),
  z.array(
    z.strictObject({ verdict: z.enum(["met", "not met"]), reason: z.string(), by: z.string() }),
  ),
);

/** Those beside a scenario; none where there is no such file, or another. */
export async function readJudgments(folder: string): Promise<Judgments> {
  const path = join(folder, JUDGMENTS_FILE);
  if (!existsSync(path)) return {};
  const text = await readFile(path, "utf8");
  try {
    return Judgments.safeParse(JSON.parse(text)).data ?? {};
  } catch {
    return {};
  }
}

/** What the kept votes say. Never passed where there are not enough of them. */
export async function judged(
  check: Judge,
  played: Played,
  { plan, judgments }: { readonly plan: Plan; readonly judgments: Judgments },
): Promise<CheckOutcome> {
  const model = judgeModel(plan);
  if (!model) return { result: "not asked", message: "the bundle has no model that could judge" };
  const value = await evaluate(check.of, shownToJudge(played, plan, model));
  if (value === undefined) return { result: "failed", message: "there is nothing to judge" };
  const request = judgeRequest(check.rubric, value, model);
  const votes = (judgments[digestOfRequest(request)] ?? []).slice(0, check.votes);
  if (votes.length < check.votes) {
    const had = `${votes.length} of ${check.votes} votes`;
    return { result: "not asked", message: `${had} are there: --live asks ${model.component}` };
  }
  const met = votes.filter(({ verdict }) => verdict === "met");
  if (met.length >= check.agreement * votes.length) return { result: "passed", message: null };
  const [against] = votes.filter(({ verdict }) => verdict !== "met");
  const message = `${met.length} of ${votes.length} votes say that it is met; one says: ${against?.reason ?? ""}`;
  return { result: "failed", message };
}

export interface JudgeWorld {
  readonly plan: Plan;
  readonly open: (document: ModelDocument) => OpenedModel;
  /** Before each vote; may throw. */
  readonly ask: () => void;
  readonly paid: (model: ModelDocument, usage: Usage) => void;
}

/** Asks for the votes that are missing, and keeps each as it comes. Replies that are no verdict are no votes. */
export async function askJudges(
  checks: readonly Check[],
  played: Played,
  folder: string,
  { plan, open, ask, paid }: JudgeWorld,
): Promise<void> {
  const model = judgeModel(plan);
  if (!model) return;
  const opened = open(model);
  for (const check of checks) {
    if (check.check !== "judge") continue;
    const value = await evaluate(check.of, shownToJudge(played, plan, model)).catch(
      () => undefined,
    );
    if (value === undefined) continue;
    const request = judgeRequest(check.rubric, value, model);
    const digest = digestOfRequest(request);
    const had = (await readJudgments(folder))[digest] ?? [];
    for (let missing = check.votes - had.length; missing > 0; missing -= 1) {
      ask();
      const signal = AbortSignal.timeout(model.timeout * 1000);
      const reply = await opened.model.converse(
        { ...request, modelId: opened.modelId },
        { signal },
      );
      paid(model, reply.usage);
      const vote = voteIn(reply, model);
      if (vote) await keep(folder, digest, vote);
    }
  }
}

async function keep(folder: string, digest: string, vote: Vote): Promise<void> {
  const known = await readJudgments(folder);
  const all = { ...known, [digest]: [...(known[digest] ?? []), vote] };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  const path = join(folder, JUDGMENTS_FILE);
  const draft = `${path}.draft`;
  await writeFile(draft, `${JSON.stringify(sorted, null, 2)}\n`);
  await rename(draft, path);
}
