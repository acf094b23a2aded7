import type { Code } from "./code.ts";

/** ESP9xx: what the design has and this version does not. */
export const LATER_CODES = {
  ESP901: {
    title: "Kind of step not yet supported",
    explanation:
      "`entitlement`, `aws` and `http` have a place in the grammar, but do not work yet. Use a `task`.",
    example: { steps: "- id: finding\n  entitlement: policies/support.cedar\n" },
  },
  ESP904: {
    title: "Tolerated failures not yet supported",
    explanation:
      "Step Functions tolerates failed items only in distributed maps, which a later version compiles to. Until then, catch errors inside of the map.",
    example: {
      steps:
        '- id: checks\n  map: "{% $input.list %}"\n  as: one\n  tolerate: 10%\n  steps: [{ id: inner, task: code/work.ts }]\n',
    },
  },
} as const satisfies Record<string, Code>;
