import { checkContract } from "../contract.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { checkGrammar, inOrder } from "../grammar.ts";
import { displayPath, readSource } from "../read-source.ts";
import type { SourceMap } from "../source.ts";
import { parseYaml } from "../yaml.ts";
import { AgentFile } from "./agent-file.ts";

export interface LoadedAgent {
  /** Absent if there is any error. */
  readonly agent?: AgentFile;
  /** Absent if the file could not be read. */
  readonly source?: SourceMap;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and checks `agents/NAME.yaml`. Never throws for what the file holds. */
export function loadAgent(path: string, file: string = displayPath(path)): LoadedAgent {
  const read = readSource(path, file);
  if (read.text === undefined) return { diagnostics: [read.diagnostic] };
  return parseAgent(read.text, file);
}

/** As `loadAgent`, for text that was read already. */
export function parseAgent(text: string, file: string): LoadedAgent {
  const { value, source, diagnostics } = parseYaml(text, file);
  if (value === undefined) return { source, diagnostics };
  const checked = checkGrammar(AgentFile, value, source);
  const contracts = (["input", "artifact"] as const).flatMap((key) => {
    const written = checked.data?.[key];
    return typeof written === "object" ? checkContract(written, source, [key]) : [];
  });
  const all = inOrder([...diagnostics, ...checked.diagnostics, ...contracts]);
  return checked.data !== undefined && all.length === 0
    ? { agent: checked.data, source, diagnostics: [] }
    : { source, diagnostics: all };
}
