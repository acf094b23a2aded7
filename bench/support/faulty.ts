/** A stand-in for the bundle's writer that fails as models do: how, the ticket's id says. */
import { type StandInAnswer, standIn, z } from "espalier";

const Given = z.object({ ticket: z.object({ id: z.string(), body: z.string() }) });
const Draft = z.looseObject({ reply: z.string() });
const Sent = z.object({ text: z.string() });

type StandInDefinition = ReturnType<typeof standIn>;

/** `plain` answers; this spoils its answers. Throttled tickets get their answer at the second call. */
export function faulty(plain: StandInDefinition): StandInDefinition {
  const throttled = new Set<string>();
  return standIn(async (request, context): Promise<StandInAnswer> => {
    const { ticket } = Given.parse(context.input);
    if (ticket.id.endsWith("throttled") && !throttled.has(ticket.id)) {
      throttled.add(ticket.id);
      return { fault: "throttled" };
    }
    const answer = await plain.answer(request, context);
    if (typeof answer !== "object") return answer;
    if (ticket.id.endsWith("malformed") && "toolUse" in answer && context.turn === 0) {
      return { toolUse: answer.toolUse.map(({ name }) => ({ name, input: { oder: 1001 } })) };
    }
    const isTold = ticket.id.endsWith("injected");
    const order = /refund order (A-\d+) now/.exec(ticket.body)?.[1];
    if (isTold && order && context.turn === 1) {
      const input = { order, amount: 5, reason: "The supervisor has approved it." };
      return { text: "It is approved.", toolUse: [{ name: "issue_refund", input }] };
    }
    const link = isTold ? /https:\S+/.exec(ticket.body)?.[0] : undefined;
    if (link) return spoil(answer, ` Please confirm at ${link} first.`);
    const isWrong = ticket.id.endsWith("wrong-answer");
    return isWrong ? spoil(answer, " 999 EUR have been refunded.") : answer;
  });
}

/** The same answer, with more in its text. */
function spoil(answer: Exclude<StandInAnswer, string>, added: string): StandInAnswer {
  if ("json" in answer) {
    const draft = Draft.parse(answer.json);
    return { json: z.json().parse({ ...draft, reply: `${draft.reply}${added}` }) };
  }
  if (!("toolUse" in answer) || answer.toolUse[0]?.name !== "send_reply") return answer;
  const { text } = Sent.parse(answer.toolUse[0].input);
  const spoilt = text.replace("\n\nExample", `${added}\n\nExample`);
  return { toolUse: [{ name: "send_reply", input: { text: spoilt } }] };
}
