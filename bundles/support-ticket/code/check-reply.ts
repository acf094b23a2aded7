import { type ArtifactHandle, artifact, step, z } from "espalier";
import { problemsOf } from "./reply-problems.ts";

const Draft = z.object({
  reply: z.string(),
  facts: z.array(z.string()),
  citations: z.array(z.object({ source: z.string(), quote: z.string() })),
  refund: z
    .object({ id: z.string(), order: z.string(), amount: z.number(), receipt: artifact() })
    .nullable(),
});

/** What has a right answer is checked by code; the model's judgement comes on top, never instead. */
export default step({
  input: z.object({
    reply: z.string(),
    customer: z.string(),
    draft: Draft,
    passages: z.array(z.object({ source: z.string(), text: z.string() })),
    judged: z.object({ ok: z.boolean(), problems: z.array(z.string()) }),
  }),
  output: z.object({ ok: z.boolean(), reply: z.string(), problems: z.array(z.string()) }),
  async run({ reply, customer, draft, passages, judged }, { run }) {
    const refund = draft.refund && (await receiptOf(draft.refund.receipt, run.id));
    const checked = { reply, customer, draft: { citations: draft.citations, refund }, passages };
    const problems = problemsOf(checked);
    if (draft.refund && !refund) problems.push("The refund has no receipt of this ticket.");
    const all = [...problems, ...(judged.ok ? [] : judged.problems)].slice(0, 12);
    return { ok: problems.length === 0 && judged.ok, reply, problems: all };
  },
});

const Receipt = z.object({ order: z.string(), amount: z.number(), run: z.string() });

/**
 * What was really paid, by the receipt that the tool wrote: a model that only says so cannot know the
 * digest of one. Null where there is none of this run.
 */
async function receiptOf(
  receipt: ArtifactHandle,
  run: string,
): Promise<{ readonly order: string; readonly amount: number } | null> {
  const read = await receipt.json().then(Receipt.safeParse, () => undefined);
  return read?.success && read.data.run === run ? read.data : null;
}
