import { componentPath } from "./component.ts";

/** Where a bundle keeps the chunks of its knowledge: `components/knowledge/ALIAS/chunks.json`. */
export function chunksPath(alias: string): string {
  return componentPath("knowledge", alias, "chunks.json");
}
