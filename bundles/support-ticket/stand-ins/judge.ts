/** Answers in place of a model: looks for what the instructions ask of an answer. */
import { standIn, z } from "espalier";

const Given = z.object({ body: z.string(), reply: z.string(), facts: z.array(z.string()) });

export default standIn((_request, { input }) => {
  const { body, reply } = Given.parse(input);
  const problems: string[] = [];
  if (!/^(?:hello|dear|good)/i.test(reply)) problems.push("Begin with a greeting.");
  if (!/Example Shop\s*$/.test(reply)) problems.push("End with the shop's name, Example Shop.");
  const asked = /\bA-\d{4}\b/.exec(body)?.[0];
  if (asked && !reply.includes(asked)) problems.push(`Name the order ${asked}.`);
  return { json: { ok: problems.length === 0, problems } };
});
