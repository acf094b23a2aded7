/** The `retrieve` step: asks a pinned snapshot of knowledge. */
import { bundleFile } from "../bundle-file.ts";
import type { StepCall } from "../call.ts";
import type { Logger } from "../context.ts";
import { StepError } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Artifacts } from "../ports.ts";
import { loadStoredValues, storeLargeValues } from "../stored-value.ts";
import { fullTextIndex } from "./full-text-index.ts";
import type { KnowledgeIndex } from "./knowledge-index.ts";
import type { Chunk, RetrieveDocument } from "./retrieve-document.ts";

export interface RetrieveStepWorld {
  readonly artifacts: Pick<Artifacts, "open" | "put">;
  /** Reads a file of the bundle; undefined if there is none. */
  readonly readFile: (path: string) => Promise<Uint8Array | undefined>;
  readonly logger: Logger;
}

/** What the step returns. The compiler knows this shape. */
export interface RetrieveStepOutput {
  /** The snapshot that was asked. */
  readonly knowledge: { readonly name: string; readonly version: string; readonly digest: string };
  readonly results: readonly RetrieveResult[];
}

export interface RetrieveResult {
  readonly text: string;
  /** Path of the document inside of the component. */
  readonly source: string;
  /** UTF-16 offsets in the document; `end` is exclusive. */
  readonly span: { readonly start: number; readonly end: number };
  /** Larger is better; comparable within one query only. */
  readonly score: number;
  readonly heading: string | null;
}

/** Words beyond it add nothing but time. */
const MAX_QUERY = 4000;

/**
 * `with` is `{ query, limit? }`. Best results first; none is fine. Throws `Contract.InputInvalid`, and
 * `Step.Failed` where the bundle has no such chunks.
 */
export async function runRetrieveStep(
  document: RetrieveDocument,
  call: StepCall,
  { artifacts, readFile, logger }: RetrieveStepWorld,
): Promise<Json> {
  const { query, limit } = queryOf(await loadStoredValues(call.input, artifacts), document, call);
  const index = await indexOf(document, readFile);
  const hits = await index.search(query, limit);
  const { knowledge: name, version, digest } = document;
  const output: RetrieveStepOutput = {
    knowledge: { name, version, digest },
    results: hits.map(({ chunk: { text, source, span, heading }, score }) => ({
      text,
      source,
      span,
      score,
      heading,
    })),
  };
  // Not the query: it may hold what a customer has written.
  logger.info("Asked a knowledge snapshot", { ...output.knowledge, results: hits.length });
  return storeLargeValues(output as unknown as JsonObject, artifacts);
}

function queryOf(
  input: Json,
  document: RetrieveDocument,
  { step }: StepCall,
): { readonly query: string; readonly limit: number } {
  const { query, limit = document.limit } =
    typeof input === "object" && input !== null && !Array.isArray(input) ? input : {};
  if (typeof query !== "string" || query.trim() === "" || query.length > MAX_QUERY) {
    throw invalid(step.id, `\`with.query\` is a text of 1 to ${MAX_QUERY} characters`);
  }
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1) {
    throw invalid(step.id, "`with.limit` is a whole number from 1 on");
  }
  return { query, limit: Math.min(limit, document.limit) };
}

function invalid(step: string, what: string): StepError {
  return new StepError(
    "Contract.InputInvalid",
    `The input of step "${step}" does not fit: ${what}.`,
  );
}

/** One function asks one snapshot, call after call: making the index once is enough. */
const indexes = new Map<string, Promise<KnowledgeIndex>>();
const KEPT_INDEXES = 4;

function indexOf(
  { digest, chunks }: RetrieveDocument,
  readFile: RetrieveStepWorld["readFile"],
): Promise<KnowledgeIndex> {
  const known = indexes.get(digest);
  if (known) return known;
  const made = readChunks(chunks, readFile).then(fullTextIndex);
  indexes.set(digest, made);
  made.catch(() => indexes.delete(digest));
  for (const oldest of indexes.keys()) {
    if (indexes.size <= KEPT_INDEXES) break;
    indexes.delete(oldest);
  }
  return made;
}

async function readChunks(
  path: string,
  readFile: RetrieveStepWorld["readFile"],
): Promise<readonly Chunk[]> {
  const chunks = await bundleFile(path, readFile)
    .json()
    .catch((error: unknown) => {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    });
  // Written by the kit, and covered by the bundle's digest: a look at its form is enough.
  if (Array.isArray(chunks) && chunks.every(isChunk)) return chunks;
  throw new StepError(
    "Step.Failed",
    `"${path}" holds no chunks of knowledge. Lock the bundle anew.`,
  );
}

function isChunk(value: unknown): value is Chunk {
  if (typeof value !== "object" || value === null) return false;
  const { id, source, text, span } = value as Partial<Record<keyof Chunk, unknown>>;
  const isText = [id, source, text].every((each) => typeof each === "string");
  return isText && typeof span === "object" && span !== null;
}
