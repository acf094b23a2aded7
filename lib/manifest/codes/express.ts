import type { Code } from "./code.ts";

const MANIFEST = `apiVersion: espalier/v1
workflow: example
version: 1.0.0
type: express
owners: { business: a@example.com, platform: b@example.com, risk: c@example.com }
`;

/** ESP62x: what does not fit into an express workflow. */
export const EXPRESS_CODES = {
  ESP621: {
    title: "Approval in an express workflow",
    explanation:
      "An express run ends within five minutes and cannot be given a task token, so nobody can decide in it. Leave `type` out, or let an express workflow do the work before or after the approval.",
    example: {
      manifest: `${MANIFEST}steps:\n  - { id: review, approval: approvals/review.yaml }\n`,
    },
  },
  ESP622: {
    title: "Express workflow that waits for another workflow",
    explanation:
      "A `workflow` step waits for the end of the run that it starts, which Step Functions does for standard runs only. Leave `type` out, or `emit` an event that starts the other workflow.",
    example: { manifest: `${MANIFEST}steps:\n  - { id: other, workflow: other }\n` },
  },
  ESP623: {
    title: "Longer than an express run may take",
    explanation:
      "An express run ends after five minutes, or after `limits.duration` if that is less. The longest way through the steps has to fit: every wait in full, and every task with its `timeout` for each attempt that its `retry` allows, and the delays between them. A repeat counts `max` times, a map as many rounds as its `concurrency` needs for `maxItems`. Retries that Espalier adds for errors of Lambda itself do not count.",
    example: { manifest: `${MANIFEST}steps:\n  - { id: pause, wait: 10m }\n` },
  },
  ESP624: {
    title: "Time that nobody knows, in an express workflow",
    explanation:
      "A wait whose length is computed, a wait until some time, and a map over a list of unknown length cannot be shown to fit into five minutes. Write the seconds, or give the list `maxItems` in its contract.",
    example: { manifest: `${MANIFEST}steps:\n  - { id: pause, wait: "{% $input.seconds %}" }\n` },
  },
} as const satisfies Record<string, Code>;
