/** What the table says of a code. */
export interface Code {
  /** Short, as a heading: "Key given twice". */
  readonly title: string;
  /** When it is found, why it matters, what to do: a few sentences. */
  readonly explanation: string;
  readonly example: CodeExample;
}

/**
 * Something that yields exactly this code. Every bundle of an example has the handlers
 * `code/work.ts` (any input, any output, no effect), the policy `approvals/review.yaml`, and what
 * `agent-example.ts` has: the agent `agents/finder.yaml`, the prompt `prompts/ask.md`, the model
 * `reader` and the toolset `files`. `files` adds to them or replaces them.
 */
export type CodeExample =
  /** The list of steps of a manifest that is sound otherwise. */
  | { readonly steps: string; readonly files?: Readonly<Record<string, string>> }
  /** Further keys of such a manifest, beside its steps. */
  | { readonly keys: string; readonly files?: Readonly<Record<string, string>> }
  /** A whole `workflow.yaml`. */
  | { readonly manifest: string; readonly files?: Readonly<Record<string, string>> }
  /** What no short text can show, in words; `test/manifest/codes.test.ts` makes it. */
  | { readonly words: string };
