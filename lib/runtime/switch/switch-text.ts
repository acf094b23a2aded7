/** What people and models are told of a switch. */
import type { SwitchScope, SwitchState } from "./switch.ts";

/** `tool "publish" of workflow "license-review"`, `tools that change something, of every workflow`. */
export function scopeText({ workflow, tool }: SwitchScope): string {
  const whose = workflow === null ? "of every workflow" : `of workflow "${workflow}"`;
  return tool === null ? `tools that change something, ${whose}` : `tool "${tool}" ${whose}`;
}

/** For the model as a tool error, and for `Tools.Disabled`. */
export function disabledText(state: SwitchState): string {
  return (
    `Switched off by ${state.by} at ${state.at}: ${scopeText(state)}. ` +
    `Reason: ${state.reason ?? "none given"}. This call was not made.`
  );
}
