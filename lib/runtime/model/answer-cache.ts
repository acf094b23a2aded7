/**
 * Answers that are taken again (`cache: 7d`), for byte-identical requests to the same adapter. Only
 * answers that fitted their contract are kept.
 *
 * | question                     | where                     |
 * | ---------------------------- | ------------------------- |
 * | the answer to a request      | key `answer#DIGEST` / `answer` |
 */
import { readAll } from "../artifact-handle.ts";
import { digestOfJson } from "../canonical-json.ts";
import { ArtifactNotFound } from "../errors.ts";
import type { Json, JsonObject } from "../json.ts";
import type { Ports } from "../ports.ts";
import type { ModelReply, ModelRequest } from "./model.ts";

export interface CachedAnswer {
  readonly value: Json;
  /** Who answered then. */
  readonly answeredBy: ModelReply["answeredBy"];
}

export interface AnswerCache {
  read(): Promise<CachedAnswer | undefined>;
  write(answer: CachedAnswer): Promise<void>;
}

const MAX_INLINE = 32 * 1024;

/** The place of one request's answer. `seconds` from the writing, after which it is forgotten. */
export function answerCache(
  {
    adapter,
    request,
    seconds,
  }: {
    readonly adapter: string;
    readonly request: ModelRequest;
    readonly seconds: number;
  },
  { records, artifacts, clock }: Pick<Ports, "records" | "artifacts" | "clock">,
): AnswerCache {
  const digest = digestOfJson({ adapter, request: request as unknown as Json });
  const key = { partition: `answer#${digest}`, sort: "answer" };
  return {
    async read() {
      const item = await records.get(key);
      if (!item) return undefined;
      const { value, artifact, answeredBy } = item.data as {
        readonly value?: Json;
        readonly artifact?: string;
        readonly answeredBy: Json;
      };
      try {
        const found = artifact === undefined ? value : await load(artifact, artifacts);
        return { value: found ?? null, answeredBy: answeredBy as CachedAnswer["answeredBy"] };
      } catch (error) {
        // Artifacts may be kept for a shorter time than answers.
        if (error instanceof ArtifactNotFound) return undefined;
        throw error;
      }
    },
    async write({ value, answeredBy }) {
      const body = Buffer.from(JSON.stringify(value));
      const held: JsonObject =
        body.byteLength <= MAX_INLINE
          ? { value }
          : { artifact: (await artifacts.put(body, { mediaType: "application/json" })).$artifact };
      await records.put({
        key,
        data: { ...held, answeredBy: { ...answeredBy } },
        expiresAt: Math.ceil(clock.now().getTime() / 1000) + seconds,
      });
    },
  };
}

async function load(digest: string, artifacts: Pick<Ports["artifacts"], "open">): Promise<Json> {
  return JSON.parse(Buffer.from(await readAll(artifacts.open(digest))).toString()) as Json;
}
