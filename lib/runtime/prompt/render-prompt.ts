/** From a prompt and its inputs to what a model is sent. */
import { StepError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Removal } from "../model/clearance.ts";
import type { CachePoint, Message, SystemBlock } from "../model/model.ts";
import type { PromptDocument, PromptPiece } from "./prompt-document.ts";

export interface RenderedPrompt {
  readonly system: readonly SystemBlock[];
  readonly messages: readonly Message[];
}

type Block = { readonly text: string } | CachePoint;

/**
 * Inserts the inputs. They become part of texts, never of the structure: whatever an input holds, the
 * roles, the cache points and the placeholders are those of the file. `removed` is what `clear` took
 * out; a placeholder of such an input says so instead. Throws `Contract.InputInvalid` with every
 * input that is missing, unknown or of another type, and if a part comes out empty.
 */
export function renderPrompt(
  document: PromptDocument,
  inputs: Json,
  removed: readonly Removal[] = [],
): RenderedPrompt {
  const texts = textsOf(document, inputs, withheld(removed));
  const system: SystemBlock[] = [];
  const messages: Message[] = [];
  for (const { role, pieces } of document.parts) {
    const blocks = render(pieces, texts);
    if (!blocks.some((block) => "text" in block)) throw empty(document, role);
    if (role === "system") system.push(...blocks);
    else messages.push({ role, content: blocks });
  }
  return { system, messages };
}

function render(pieces: readonly PromptPiece[], texts: ReadonlyMap<string, string>): Block[] {
  const blocks: Block[] = [];
  let text = "";
  const close = () => {
    // Services refuse blank texts.
    if (text.trim() !== "") blocks.push({ text });
    text = "";
  };
  for (const piece of pieces) {
    if ("text" in piece) text += piece.text;
    else if ("input" in piece) text += texts.get(piece.input) ?? "";
    else {
      close();
      const ttl = piece.cache === "5m" ? {} : { ttl: piece.cache };
      // Nothing to keep: an input was empty.
      if (blocks.length > 0) blocks.push({ cachePoint: { type: "default", ...ttl } });
    }
  }
  close();
  return blocks;
}

/** Inputs that are missing because the model may not see them → their class. */
function withheld(removed: readonly Removal[]): ReadonlyMap<string, string> {
  return new Map(
    removed.flatMap(({ path, class: found }) => {
      const name = /^\.([A-Za-z]\w*)$/.exec(path)?.[1];
      return name === undefined ? [] : [[name, found] as const];
    }),
  );
}

function textsOf(
  { source, inputs: declared }: PromptDocument,
  given: Json,
  withheld: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const problems: string[] = [];
  if (given !== null && (typeof given !== "object" || Array.isArray(given))) {
    throw invalid(source, [`a mapping of inputs is expected, found ${kindOf(given)}`]);
  }
  const values: JsonObject = given ?? {};
  for (const [name, { type }] of Object.entries(declared)) {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    const found = withheld.get(name);
    if (value === undefined && found !== undefined) texts.set(name, `[${found}: not shown]`);
    else if (value === undefined) problems.push(`"${name}" is missing`);
    else if (type === "json") texts.set(name, JSON.stringify(value));
    else if (typeof value === "object") {
      problems.push(`"${name}" must be text, found ${kindOf(value)} (or declare it as json)`);
    } else texts.set(name, String(value));
  }
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(declared, name)) problems.push(`"${name}" is no input of this prompt`);
  }
  if (problems.length > 0) throw invalid(source, problems);
  return texts;
}

function kindOf(value: Json): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : typeof value === "object" ? "a mapping" : typeof value;
}

function invalid(source: string, problems: readonly string[]): StepError {
  return new StepError(
    "Contract.InputInvalid",
    `The inputs do not fit the prompt ${source}:\n${problems.map((each) => `  ${each}`).join("\n")}`,
    { prompt: source, problems },
  );
}

function empty({ source }: PromptDocument, role: string): StepError {
  return new StepError(
    "Contract.InputInvalid",
    `A ${role} part of the prompt ${source} comes out empty: all that it consists of is empty inputs.`,
    { prompt: source },
  );
}
