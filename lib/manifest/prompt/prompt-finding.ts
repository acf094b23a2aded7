import type { Diagnostic, Place } from "../diagnostic.ts";

/**
 * Something that is wrong with a prompt file. `code` is given where the front matter is no YAML or
 * does not fit its grammar (ESP1xx, ESP2xx); what is about the prompt itself is told by `problem`.
 */
export interface PromptFinding extends Omit<Diagnostic, "code" | "place"> {
  readonly problem: PromptProblem;
  readonly code?: string;
  readonly place: Place;
}

export type PromptProblem =
  /** The lines between the dashes. */
  | "front-matter"
  /** Headings that begin parts: missing, misspelled, empty, in an impossible order. */
  | "roles"
  /** `{{name}}`: of no declared input, of no name, not closed; an input that is never used. */
  | "placeholder"
  /** `<!-- cache -->`: a wrong duration, nothing before it, too many. */
  | "cache";
