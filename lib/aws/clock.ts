import type { Clock } from "../runtime/ports.ts";

/** The function's own clock, which AWS keeps right. */
export const lambdaClock: Clock = { now: () => new Date() };
