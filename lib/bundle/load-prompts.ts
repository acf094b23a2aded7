/** Prompts that steps and agents name: files of the bundle, or of its components. */
import type { Diagnostic } from "../manifest/diagnostic.ts";
import { nearest } from "../manifest/nearest.ts";
import type { ParsedPrompt } from "../manifest/prompt/parse-prompt.ts";
import { parsePrompt } from "../manifest/prompt/parse-prompt.ts";
import { decodeSource } from "../manifest/read-source.ts";
import type { PromptDocument } from "../runtime/prompt/prompt-document.ts";
import type { ComponentOf } from "./component.ts";

export interface LoadedPrompt {
  /** Absent if there is any error. */
  readonly prompt?: PromptDocument;
  readonly diagnostics: readonly Diagnostic[];
}

/** `text` of `path` in the bundle, `file` as people type it. */
export function readPrompt(text: string, path: string, file: string): LoadedPrompt {
  return findings(parsePrompt(text, path, file));
}

/** `path` in a component's folder; undefined if there is no such file. */
export function componentPrompt(
  component: ComponentOf<"prompts">,
  path: string,
): LoadedPrompt | undefined {
  const bytes = component.files.get(path);
  if (bytes === undefined) return undefined;
  const file = `${component.folder}/${path}`;
  const decoded = decodeSource(bytes, file);
  if (decoded.text === undefined) return { diagnostics: [decoded.diagnostic] };
  const source = `${component.name}@${component.version}/${path.replace(/\.md$/, "")}`;
  return findings(parsePrompt(decoded.text, source, file));
}

/** What to write instead of a prompt that a component does not have. */
export function otherPrompts({ alias, files }: ComponentOf<"prompts">, path: string): string {
  const names = [...files.keys()].filter((file) => file.endsWith(".md"));
  const near = nearest(path, names);
  const written = (file: string) => `${alias}/${file.replace(/\.md$/, "")}`;
  return near ? `Did you mean "${written(near)}"?` : `It has ${names.map(written).join(", ")}.`;
}

/** What is about the prompt itself has a code of its own; YAML and its grammar have theirs. */
function findings({ document, findings }: ParsedPrompt): LoadedPrompt {
  const diagnostics = findings.map(
    ({ problem: _, code = "ESP865", ...rest }): Diagnostic => ({ ...rest, code }),
  );
  return document === undefined ? { diagnostics } : { prompt: document, diagnostics };
}
