import type { Code } from "./code.ts";

/** ESP5xx: effects and approvals. */
export const EFFECT_CODES = {
  ESP501: {
    title: "Effect without an approval",
    explanation:
      "A step that writes, sends or deletes must come after an approval on every way that leads to it, in its own list of steps or one around it. An approval in one case of a switch, in a branch of a parallel, in a map, with an `if`, or with a catch that goes on, does not count for what follows. Or the step says why nobody needs to approve: `unattended: { reason, owner, expires }`.",
    example: { steps: "- id: first\n  task: code/work.ts\n  effect: write\n" },
  },
  ESP502: {
    title: "Waiver has expired",
    explanation:
      "The last day of an `unattended` has passed. Somebody has to look again: set a new day, or add an approval.",
    example: {
      steps:
        "- id: first\n  task: code/work.ts\n  effect: write\n  unattended: { reason: nightly housekeeping, owner: ops@example.com, expires: 2020-01-31 }\n",
    },
  },
} as const satisfies Record<string, Code>;
