import type { Code } from "./code.ts";

/** ESP3xx: names and expressions. */
export const FLOW_CODES = {} as const satisfies Record<string, Code>;
