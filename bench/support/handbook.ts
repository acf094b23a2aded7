/** The bundle's handbook, searched as its `retrieve` steps search it. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { chunkDocument } from "../../lib/runtime/knowledge/chunk-document.ts";
import { fullTextIndex } from "../../lib/runtime/knowledge/full-text-index.ts";
import type { Ticket } from "./tickets.ts";

const DOCUMENTS = resolve(
  import.meta.dirname,
  "../../bundles/support-ticket/knowledge/handbook/documents",
);

const index = fullTextIndex(
  readdirSync(DOCUMENTS)
    .sort()
    .flatMap((name) =>
      chunkDocument(`documents/${name}`, readFileSync(join(DOCUMENTS, name), "utf8"), {
        size: 700,
        overlap: 0,
      }),
    ),
);

export async function passagesFor(
  kind: string,
  { subject, body }: Ticket,
): Promise<{ source: string; text: string }[]> {
  const hits =
    kind === "question"
      ? await index.search(`${subject} ${body}`, 3)
      : await index.search(`${kind} policy ${subject}`, 4);
  return hits.map(({ chunk: { source, text } }) => ({ source, text }));
}
