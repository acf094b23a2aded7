import { agentText, USES } from "./agent-example.ts";
import type { Code } from "./code.ts";

const HEAD = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
`;

const STEP_LIST = "[{ id: inner, task: code/work.ts }]";

/** ESP6xx: limits and quotas. */
export const LIMIT_CODES = {
  ESP601: {
    title: "State machine too large",
    explanation:
      "Step Functions takes definitions of up to 1 MB. Move a part into a workflow of its own, or large literal data into a file of the bundle.",
    example: { words: "A manifest of a thousand tasks with literal input of a kilobyte each." },
  },
  ESP602: {
    title: "Literal data too large",
    explanation:
      "What a state takes and leaves has at most 256 KiB. Put large data into a file of the bundle (`files`), or into an artifact.",
    example: { words: "A `with` of 300,000 characters." },
  },
  ESP603: {
    title: "Too many events in one run",
    explanation:
      "An execution's history ends at 25,000 events, and the run fails there. Counted are the known bounds: literal lists, `maxItems` of a contract, `max` of a repeat. Split the work over runs of another workflow.",
    example: {
      steps: `- id: again\n  repeat: { max: 10000, until: "{% $inner.done %}" }\n  steps: ${STEP_LIST}\n`,
    },
  },
  ESP604: {
    title: "Retry out of range",
    explanation:
      "Step Functions takes attempts up to 99,999,999, intervals up to 99,999,999 seconds, and a longest delay above the interval and under a year (31,622,400 seconds).",
    example: {
      steps:
        "- id: first\n  task: code/work.ts\n  retry: [{ on: [Step.Failed], interval: 10m, maxDelay: 5m }]\n",
    },
  },
  ESP605: {
    title: "Longer than the run may take",
    explanation:
      "A wait, a deadline of an approval or a timeout is longer than `limits.duration` (or than a year, which is as long as any run may take): the run would end before it.",
    example: {
      manifest:
        "apiVersion: espalier/v1\nworkflow: example\nversion: 1.0.0\nowners: { business: a@example.com, platform: b@example.com, risk: c@example.com }\nlimits: { duration: 1h }\nsteps:\n  - { id: pause, wait: 2h }\n",
    },
  },
  ESP606: {
    title: "Nested too deeply",
    explanation:
      "Structures nest at most 10 levels. Move the inner ones into a workflow of their own: a reader cannot follow them here.",
    example: { words: "Eleven repeats one in another." },
  },
  ESP607: {
    title: "Name too long for what is added to it",
    explanation:
      "A state's name has at most 80 characters. The states in which an agent's question waits have the step's name with up to 18 characters more: `.approval.schedule`, `.approval.stage12`.",
    example: {
      manifest: `${HEAD}${USES}steps:\n  - { id: ${"a".repeat(64)}, agent: agents/finder.yaml, with: { question: Where } }\n`,
      files: {
        "agents/finder.yaml": agentText({
          tools: "{ files: [write_file] }",
          approve: "approve: { policy: approvals/own.yaml, tools: [write_file] }\n",
        }),
        "approvals/own.yaml":
          'approval: own\ntitle: May it?\napprovers: [ada@example.com]\ndeadline: 1d\nbusinessHours: { timeZone: UTC, hours: { mon: "09:00-17:00" } }\n',
      },
    },
  },
} as const satisfies Record<string, Code>;
