import type { Code } from "./code.ts";

/** ESP6xx: limits and quotas. */
export const LIMIT_CODES = {} as const satisfies Record<string, Code>;
