/**
 * Answers in place of a model, so that the example runs without one. It knows one kind of case: a package
 * that the policy wants reviewed, and that an expert allows. It reads the policy, tries what is quickest
 * (allow the licence), and where scenarios forbid that, an exception for the one package.
 */
import { type Json, standIn, z } from "espalier";

const POLICY = "policy/licences.yaml";

const Given = z.object({
  case: z.object({
    component: z.string(),
    expected: z.object({ verdict: z.string() }),
    reason: z.string(),
    expert: z.string(),
    day: z.string(),
    recorded: z.object({ verdict: z.string(), licence: z.string() }),
  }),
});
type Case = z.infer<typeof Given>["case"];

const Read = z.object({ path: z.literal(POLICY), text: z.string() });
const Trial = z.object({ ok: z.boolean(), problems: z.array(z.string()) });
const Result = z.object({
  toolResult: z.object({
    status: z.literal("success"),
    content: z.array(z.object({ json: z.record(z.string(), z.json()) })),
  }),
});

type Edit = { readonly file: string; readonly find: string; readonly replace: string };

export default standIn((_request, { turn, input, messages }) => {
  const { case: of } = Given.parse(input);
  if (of.expected.verdict !== "allowed" || of.recorded.verdict !== "unclear") {
    return { json: { explanation: "This stand-in knows no change for such a case.", edits: [] } };
  }
  if (turn === 0) {
    return {
      text: "I look at what there is, and at the policy.",
      toolUse: [
        { name: "list_files", input: {} },
        { name: "read_file", input: { path: POLICY } },
      ],
    };
  }
  const results = resultsIn(messages);
  const policy = results.flatMap((result) => Read.safeParse(result).data ?? [])[0];
  const trials = results.flatMap((result) => Trial.safeParse(result).data ?? []);
  const ways = policy ? waysToAllow(policy.text, of) : [];
  const last = ways[trials.length - 1];
  if (last && trials.at(-1)?.ok) {
    const refused = trials.slice(0, -1).flatMap(({ problems }) => problems);
    const explanation = [last.explanation, ...refused.map((why) => `Tried before: ${why}`)];
    return { json: { explanation: explanation.join(" ").slice(0, 1500), edits: last.edits } };
  }
  const next = ways[trials.length];
  if (!next) {
    const why =
      trials.flatMap(({ problems }) => problems).join(" ") || "The policy cannot be read.";
    return {
      json: { explanation: `Nothing that I know mends it. ${why}`.slice(0, 1500), edits: [] },
    };
  }
  return { text: next.says, toolUse: [{ name: "try_edits", input: { edits: next.edits } }] };
});

interface Way {
  readonly says: string;
  readonly explanation: string;
  readonly edits: Edit[];
}

/** The quick one first, as somebody might who does not think of others. */
function waysToAllow(policy: string, of: Case): Way[] {
  return [allowLicence(policy, of), exception(policy, of)].filter((way) => way !== undefined);
}

/** Moves the licence's own line from one list to the other. */
function allowLicence(policy: string, { recorded: { licence } }: Case): Way | undefined {
  const line = policy.split("\n").find((each) => each.trim().split(/\s+#/)[0] === `- ${licence}`);
  if (line === undefined) return undefined;
  return {
    says: `The policy wants ${licence} reviewed. I try to allow it.`,
    explanation: `${licence} moves from "review" to "allow": the expert accepts what it asks for.`,
    edits: [
      { file: POLICY, find: `${line}\n`, replace: "" },
      { file: POLICY, find: "allow:\n", replace: `allow:\n  - ${licence}\n` },
    ],
  };
}

function exception(policy: string, of: Case): Way | undefined {
  const at = of.component.lastIndexOf("@");
  const [name, version] = [of.component.slice(0, at), of.component.slice(at + 1)];
  const expires = `${Number(of.day.slice(0, 4)) + 1}${of.day.slice(4)}`.replace("02-29", "02-28");
  const quote = (text: string) => JSON.stringify(text.replace(/\s+/g, " ").trim());
  const entry = [
    `  - package: ${quote(name)}`,
    `    versions: ${quote(`^${version}`)}`,
    `    declared: ${of.recorded.licence}`,
    "    verdict: allow",
    "    reason: >-",
    ...folded(of.reason).map((line) => `      ${line}`),
    `    owner: ${of.expert}`,
    `    expires: ${expires}`,
  ].join("\n");
  const find = policy.includes("\nexceptions: []\n") ? "\nexceptions: []\n" : "\nexceptions:\n";
  if (policy.split(find).length !== 2) return undefined;
  return {
    says: "That is too much. An exception for this one package, as it is declared, for a year.",
    explanation: `An exception for ${name} alone, as long as it declares ${of.recorded.licence}, until ${expires}: the expert's reason is about this package, not about the licence.`,
    edits: [{ file: POLICY, find, replace: `\nexceptions:\n${entry}\n` }],
  };
}

/** In lines of at most 100 characters, which YAML folds into one. */
function folded(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1);
    if (last === undefined || last.length + word.length >= 94) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** What tools have answered, in order; errors are left out. */
function resultsIn(messages: readonly { readonly content: readonly unknown[] }[]): Json[] {
  return messages
    .flatMap(({ content }) => content)
    .flatMap((block) => Result.safeParse(block).data?.toolResult.content ?? [])
    .map(({ json }) => (json.result ?? json) as Json);
}
