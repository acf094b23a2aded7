import type { Part } from "./report.mjs";

export const TOOL_CALLS: number;
export const FOUND: string;
export const INSTRUCTIONS: string;
export const TASK: string;
export const TOOL: string;
export const TOOL_DESCRIPTION: string;
export const ARTIFACT: { readonly verdict: "good"; readonly quote: string };

export function argumentsAt(turn: number): { readonly at: string };

export function beforeLastAnswer(): Promise<void> | undefined;

export function measureRuns(
  options: { readonly runs: number; readonly warmup: number; readonly held?: number },
  run: () => Promise<void>,
): Promise<{ readonly value: number; readonly ms: number; readonly parts: readonly Part[] }>;
