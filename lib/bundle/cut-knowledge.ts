/** Chunks of a body of knowledge, made once when its bundle is loaded: every run searches the same. */
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { nearest } from "../manifest/nearest.ts";
import { chunkDocument } from "../runtime/knowledge/chunk-document.ts";
import type { Chunk } from "../runtime/knowledge/retrieve-document.ts";
import type { ComponentOf } from "./component.ts";

export interface CutKnowledge {
  readonly chunks: readonly Chunk[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Cuts every document that `knowledge.yaml` names, in its order; ESP703 for those that are not there. */
export function cutKnowledge({
  files,
  document,
  documentSource,
}: ComponentOf<"knowledge">): CutKnowledge {
  const chunks: Chunk[] = [];
  const diagnostics: Diagnostic[] = [];
  if (document === null) return { chunks, diagnostics };
  const find = (message: string, hint: string, index: number): void => {
    const place = documentSource?.placeOf(["documents", index]);
    const finding = { code: "ESP703", severity: "error", message, hint } as const;
    diagnostics.push({ ...finding, ...(place && { place }) });
  };
  const seen = new Set<string>();
  for (const [i, named] of document.documents.entries()) {
    const paths = files.has(named)
      ? [named]
      : [...files.keys()].filter((path) => path.startsWith(`${named}/`)).sort();
    if (paths.length === 0) {
      const near = nearest(named, [...files.keys()]);
      find(
        `the component has neither a file nor a folder "${named}"`,
        near ? `Did you mean "${near}"?` : "Put the documents into the component's folder.",
        i,
      );
    }
    for (const path of paths) {
      const text = seen.has(path) ? undefined : textOf(files.get(path));
      if (text === null) {
        find(`"${path}" is not UTF-8 text`, "Keep knowledge as text or Markdown.", i);
      }
      if (typeof text === "string") chunks.push(...chunkDocument(path, text, document.chunk));
      seen.add(path);
    }
  }
  return { chunks, diagnostics };
}

/** Null if the bytes are no text. */
function textOf(bytes: Uint8Array | undefined): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
