import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../lib/runtime/json.ts";
import { type BundleParts, compileSteps, findingsIn } from "./bundle-of.ts";

const express = (keys = "", maxItems?: number): BundleParts => ({
  keys: `type: express\n${keys}`,
  ...(maxItems !== undefined && {
    input: { type: "object", properties: { list: { type: "array", maxItems } } } as JsonObject,
  }),
});
const task = (id: string, rest = "") => `{ id: ${id}, task: code/${id}.ts${rest} }`;

describe("an express workflow", () => {
  it("is planned as such, ends after five minutes, and takes its start from the claim of its name", () => {
    const { plan, diagnostics } = compileSteps(
      `- ${task("work")}\n- { id: b, wait: 30s }\n`,
      express(),
    );
    expect(diagnostics).toEqual([]);
    expect(plan).toMatchObject({ type: "express", definition: { TimeoutSeconds: 300 } });
    const text = JSON.stringify(plan?.definition);
    expect(text).toContain("$states.context.Execution.Input.run.startedAt");
    expect(text).not.toContain("Execution.StartTime");
  });

  it.each([
    ["1m", 60],
    ["5m", 300],
  ])("ends after its own limit of %s", (duration, seconds) => {
    const keys = `limits: { duration: ${duration} }\n`;
    const { plan } = compileSteps("- { id: a, wait: 30s }\n", express(keys));
    expect(plan?.definition.TimeoutSeconds).toBe(seconds);
  });

  it("leaves standard workflows as they are", () => {
    const { plan } = compileSteps(`- ${task("work")}\n`);
    expect(plan?.type).toBe("standard");
    expect(plan?.definition.TimeoutSeconds).toBeUndefined();
    expect(JSON.stringify(plan?.definition)).toContain("Execution.StartTime");
  });

  it.each<[string, string, BundleParts, string[]]>([
    [
      "an approval",
      "- { id: a, approval: approvals/a.yaml }\n",
      express(),
      ['1 ESP621 «approvals/a.yaml» "a" waits for a person, which an express run cannot'],
    ],
    [
      "a step that waits for another run, wherever it stands",
      `- id: p\n  parallel:\n    one: [{ id: w, workflow: other }]\n    two: [${task("t")}]\n`,
      express(),
      ['3 ESP622 «other» "w" waits for the end of another run, which an express run cannot'],
    ],
    [
      "a wait of more than five minutes",
      "- { id: a, wait: 10m }\n",
      express(),
      ['1 ESP623 «10m» "a" may take 10m, but the run ends after 5m'],
    ],
    [
      "a wait of more than the workflow's own limit",
      "- { id: a, wait: 2m }\n",
      express("limits: { duration: 1m }\n"),
      ['1 ESP623 «2m» "a" may take 2m, but the run ends after 1m'],
    ],
    [
      "a task whose timeout is longer",
      `- ${task("a", ", timeout: 15m")}\n`,
      express(),
      ['1 ESP623 «15m» "a" may take 15m, but the run ends after 5m'],
    ],
    [
      "retries that take longer",
      `- id: a\n  task: code/a.ts\n  retry: [{ on: [Step.Failed], attempts: 4 }]\n`,
      express(),
      [
        '3 ESP623 «[{ on: [Step.Failed], attempts: 4 }]» "a" may take 315s with its retries, but the run ends after 5m',
      ],
    ],
    [
      "a wait whose length is computed",
      '- { id: a, wait: "{% $input.n %}" }\n',
      express(),
      ['1 ESP624 «"{% $input.n %}"» nobody knows how long "a" waits; an express run ends after 5m'],
    ],
    [
      "a map over a list of unknown length",
      `- { id: all, map: "{% $input.list %}", as: one, steps: [${task("work")}] }\n`,
      express(),
      [
        '1 ESP624 «"{% $input.list %}"» nobody knows how many items "all" has, so it cannot be shown to end within 5m',
      ],
    ],
  ])("refuses %s", (_case, steps, parts, findings) => {
    expect(findingsIn(steps, parts)).toEqual(findings);
  });

  it("refuses a limit of its own that no express run has", () => {
    const { plan, diagnostics } = compileSteps(
      "- { id: a, wait: 30s }\n",
      express("limits: { duration: 10m }\n"),
    );
    expect(plan).toBeUndefined();
    expect(diagnostics).toMatchObject([
      { code: "ESP623", message: "an express run ends after 5m, not after 10m" },
    ]);
  });

  it.each<[string, string, BundleParts, string | undefined]>([
    ["tasks one after another", five(), express(), undefined],
    [
      "one task too many",
      `${five()}- ${task("t6")}\n`,
      express(),
      "the longest way may take 6m, but the run ends after 5m: t1 1m, t2 1m, t3 1m, 3 more",
    ],
    [
      "the longest branch, case and catch",
      `- id: p
  parallel:
    one: [${task("a", ", timeout: 2m")}]
    two: [${task("b", ", timeout: 30s")}]
- id: s
  switch:
    - when: "{% $input.x %}"
      steps: [{ id: w, wait: 2m }]
    - otherwise: [{ id: v, wait: 1m }]
- id: c
  task: code/c.ts
  timeout: 30s
  catch: [{ on: [States.ALL], steps: [${task("d", ", timeout: 31s")}] }]
`,
      express(),
      "the longest way may take 301s, but the run ends after 5m: a 2m, w 2m, d 31s, 1 more",
    ],
    [
      "a repeat as often as it may run",
      `- { id: r, repeat: { max: 7, until: "{% true %}" }, steps: [${task("a")}] }\n`,
      express(),
      "the longest way may take 7m, but the run ends after 5m: a 7m",
    ],
    [
      "a map in as many rounds as it needs",
      `- { id: m, map: "{% $input.list %}", as: one, concurrency: 2, steps: [${task("a")}] }\n`,
      express("", 11),
      "the longest way may take 6m, but the run ends after 5m: a 6m",
    ],
    [
      "a map that does it in five",
      `- { id: m, map: "{% $input.list %}", as: one, concurrency: 2, steps: [${task("a")}] }\n`,
      express("", 10),
      undefined,
    ],
    [
      "delays between attempts, none longer than the longest",
      `- id: a
  task: code/a.ts
  timeout: 1s
  retry: [{ on: [Step.Failed], attempts: 3, interval: 10s, backoff: 10, maxDelay: 60s }]
- { id: w, wait: 167s }
`,
      express(),
      "the longest way may take 301s, but the run ends after 5m: w 167s, a 134s",
    ],
  ])("adds up %s", (_case, steps, parts, message) => {
    const { plan, diagnostics } = compileSteps(steps, parts);
    expect(diagnostics.map((one) => one.message)).toEqual(message === undefined ? [] : [message]);
    expect(plan === undefined).toBe(message !== undefined);
  });

  it("may have more events than Step Functions keeps of a standard run", () => {
    const steps = `- { id: r, repeat: { max: 9000, until: "{% true %}" }, steps: [{ id: e, emit: Ping }] }\n`;
    expect(compileSteps(steps).diagnostics).toMatchObject([{ code: "ESP603" }]);
    expect(compileSteps(steps, express()).diagnostics).toEqual([]);
  });

  it("still needs a waiver for an effect, as nobody can approve it", () => {
    const effect = `- ${task("a", ", effect: write")}\n`;
    expect(findingsIn(effect, express())[0]).toContain("ESP501");
    const waived = `- ${task("a", ', effect: write, unattended: { reason: r, owner: o@example.com, expires: "2027-01-31" }')}\n`;
    expect(findingsIn(waived, express())).toEqual([]);
  });
});

function five(): string {
  return [1, 2, 3, 4, 5].map((n) => `- ${task(`t${n}`)}\n`).join("");
}
