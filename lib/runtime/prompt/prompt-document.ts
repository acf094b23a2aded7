/** Declared beside the parser, which may not import the runtime. */
export type {
  PromptDocument,
  PromptPart,
  PromptPiece,
  PromptRole,
} from "../../manifest/prompt/prompt-document.ts";
