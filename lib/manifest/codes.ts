/** Every code that a diagnostic can have. `docs/diagnostics.md` is written from this table. */
import { AGENT_CODES } from "./codes/agents.ts";
import { APPROVAL_CODES } from "./codes/approvals.ts";
import { BUNDLE_CODES } from "./codes/bundle.ts";
import type { Code } from "./codes/code.ts";
import { COMPONENT_CODES } from "./codes/components.ts";
import { CONTRACT_CODES } from "./codes/contracts.ts";
import { EFFECT_CODES } from "./codes/effects.ts";
import { EXPRESS_CODES } from "./codes/express.ts";
import { FILE_CODES } from "./codes/files.ts";
import { FLOW_CODES } from "./codes/flow.ts";
import { GRAMMAR_CODES } from "./codes/grammar.ts";
import { LATER_CODES } from "./codes/later.ts";
import { LIMIT_CODES } from "./codes/limits.ts";
import { SCENARIO_CODES } from "./codes/scenarios.ts";

export type { Code, CodeExample } from "./codes/code.ts";

const TABLE = {
  ...FILE_CODES,
  ...GRAMMAR_CODES,
  ...FLOW_CODES,
  ...CONTRACT_CODES,
  ...EFFECT_CODES,
  ...APPROVAL_CODES,
  ...LIMIT_CODES,
  ...EXPRESS_CODES,
  ...BUNDLE_CODES,
  ...COMPONENT_CODES,
  ...AGENT_CODES,
  ...SCENARIO_CODES,
  ...LATER_CODES,
} as const;

export type DiagnosticCode = keyof typeof TABLE;

/** Code → what it means. */
export const CODES: Readonly<Record<DiagnosticCode, Code>> = TABLE;
