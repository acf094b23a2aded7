import type { Code } from "./code.ts";

/** ESP5xx: effects and approvals. */
export const EFFECT_CODES = {} as const satisfies Record<string, Code>;
