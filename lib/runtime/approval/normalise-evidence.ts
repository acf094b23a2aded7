/** From what a step shows (`with`), whatever its shape, to evidence that a page can lay out. */
import * as z from "zod";
import type { Json, JsonObject } from "../json.ts";
import { differences } from "./differences.ts";
import type { AgentEvidence, Citation, Evidence, Flag, Risk, TimelineEntry } from "./evidence.ts";

/** Entries of a list that are shown; whatever is beyond stays in the artifact of the step. */
const MAX_ENTRIES = 500;

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const optionalText = text.nullish().transform((value) => value ?? null);

const FlagShape = z.union([
  text.transform((value): Flag => ({ level: "warning", text: value, source: null })),
  z
    .object({
      level: z.enum(["info", "warning", "critical"]).catch("warning"),
      text,
      source: optionalText,
    })
    .transform((flag): Flag => flag),
]);

const CitationShape = z.union([
  text.transform((source): Citation => ({ source, span: null, quote: null })),
  z
    .object({ source: text, span: optionalText, quote: optionalText })
    .transform((citation): Citation => citation),
]);

const RiskShape = z.union([
  text.transform((level): Risk => ({ level, reasons: [] })),
  z.object({ level: text, reasons: z.array(text).catch([]) }).transform((risk): Risk => risk),
]);

const TimelineShape = z.object({
  step: text,
  outcome: text.catch(""),
  at: optionalText.catch(null),
}) satisfies z.ZodType<TimelineEntry>;

/** `ToolApprovalEvidence` of an agent's loop. */
const ToolShape = z.object({
  agent: z.string(),
  tool: z.string(),
  description: z.string(),
  effect: z.string(),
  arguments: z.custom<Json>((value) => value !== undefined),
  argumentsDigest: z.string(),
  reasons: z.string(),
  answeredBy: optionalText,
  turn: z.number(),
  spend: z.custom<JsonObject>((value) => isObject(value)),
});

const AgentShape = z
  .object({
    agent: optionalText.catch(null),
    reasons: text.catch(""),
    tool: optionalText.catch(null),
    description: optionalText.catch(null),
    effect: optionalText.catch(null),
    argumentsDigest: optionalText.catch(null),
    answeredBy: optionalText.catch(null),
    turn: z
      .number()
      .nullish()
      .catch(null)
      .transform((turn) => turn ?? null),
    spend: z
      .custom<JsonObject>((value) => isObject(value))
      .nullish()
      .catch(null)
      .transform((spend) => spend ?? null),
  })
  .transform((agent): AgentEvidence => agent);

/**
 * Takes `inputs`, `proposal`, `diff`, `flags`, `risk`, `citations`, `agent` and `timeline` as they are
 * meant, where they have a shape that is understood; everything else stays under its own name in `more`.
 * Where `before` and `after` are given, `after` is the proposal, and the difference is computed. Never
 * throws: evidence of an odd shape is shown as it is.
 */
export function normaliseEvidence(given: Json): Evidence {
  const tool = ToolShape.safeParse(given);
  if (tool.success) return toolEvidence(tool.data);
  if (!isObject(given)) return { ...NOTHING, more: given === null ? {} : { evidence: given } };
  const { before, after, ...members } = given;
  const more: JsonObject = {};
  const found: { -readonly [name in keyof Evidence]?: Evidence[name] } = {};
  for (const [name, value] of Object.entries(members)) {
    const part = partOf(name, value);
    if (part) Object.assign(found, part);
    else more[name] = value;
  }
  if (after !== undefined) {
    if (found.proposal === undefined) found.proposal = after;
    else more.after = after;
  }
  if (before !== undefined) {
    if (found.diff === undefined && found.proposal !== undefined) {
      found.diff = differences(before, found.proposal);
    }
    more.before = before;
  }
  return { ...NOTHING, ...found, more };
}

/** Evidence as it was stored: by a version before these names, it is whatever the step showed. */
export function asEvidence(stored: Json): Evidence {
  const isEvidence = isObject(stored) && isObject(stored.more) && Array.isArray(stored.timeline);
  return isEvidence ? (stored as unknown as Evidence) : normaliseEvidence(stored);
}

const NOTHING: Evidence = {
  inputs: null,
  proposal: null,
  diff: null,
  flags: [],
  risk: null,
  citations: [],
  agent: null,
  timeline: [],
  more: {},
};

function partOf(name: string, value: Json): Partial<Evidence> | undefined {
  switch (name) {
    case "inputs":
    case "proposal":
      return { [name]: value };
    case "flags":
      return listed(FlagShape, value, (flags) => ({ flags }));
    case "citations":
      return listed(CitationShape, value, (citations) => ({ citations }));
    case "timeline":
      return listed(TimelineShape, value, (timeline) => ({ timeline }));
    case "risk":
      return value === null ? {} : parsed(RiskShape, value, (risk) => ({ risk }));
    case "agent":
      return value === null ? {} : parsed(AgentShape, value, (agent) => ({ agent }));
    default:
      return undefined;
  }
}

function listed<T>(
  shape: z.ZodType<T>,
  value: Json,
  then: (list: readonly T[]) => Partial<Evidence>,
): Partial<Evidence> | undefined {
  if (value === null) return {};
  // JSONata hands over a list of one as that one.
  const list = Array.isArray(value) ? value : [value];
  return list.length > MAX_ENTRIES ? undefined : parsed(z.array(shape), list, then);
}

function parsed<T>(
  shape: z.ZodType<T>,
  value: Json,
  then: (data: T) => Partial<Evidence>,
): Partial<Evidence> | undefined {
  const result = shape.safeParse(value);
  return result.success ? then(result.data) : undefined;
}

function toolEvidence({
  arguments: proposal,
  spend,
  ...agent
}: z.infer<typeof ToolShape>): Evidence {
  return { ...NOTHING, proposal, agent: { ...agent, spend: spendShown(spend) } };
}

/** With its cost as people write it, not in millionths. */
function spendShown({ cost, currency, ...spend }: JsonObject): JsonObject {
  if (typeof cost !== "number") return { ...spend };
  return { ...spend, cost: `${(cost / 1_000_000).toFixed(4)} ${currency ?? ""}`.trim() };
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
