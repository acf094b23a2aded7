/** A prompt file (`prompts/NAME.md`), parsed: role parts with placeholders and cache points. */
export interface PromptDocument {
  /** Path in the bundle, or `COMPONENT@VERSION/NAME`. */
  readonly source: string;
  /** Of the file's bytes. */
  readonly digest: string;
  /** Named inputs; every placeholder names one, and every one is given. `text` is inserted as it is, `json` as JSON. */
  readonly inputs: {
    readonly [name: string]: { readonly type: "text" | "json"; readonly description?: string };
  };
  /** Systems first, then users and assistants in turn; the first and the last of those is a user. */
  readonly parts: readonly PromptPart[];
}

export interface PromptPart {
  readonly role: PromptRole;
  readonly pieces: readonly PromptPiece[];
}

export const PROMPT_ROLES = ["system", "user", "assistant"] as const;
export type PromptRole = (typeof PROMPT_ROLES)[number];

export type PromptPiece =
  | { readonly text: string }
  /** `{{name}}`. */
  | { readonly input: string }
  /** `<!-- cache -->` (five minutes) or `<!-- cache 1h -->`. */
  | { readonly cache: "5m" | "1h" };
