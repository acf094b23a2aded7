import { describe, expect, it } from "vitest";
import { parseManifest } from "../../lib/manifest/load-manifest.ts";
import { exampleFiles } from "./example-bundle.ts";

/** `line:column code message // hint` of each finding about a list of steps. */
function about(steps: string, keys = ""): string[] {
  const manifest = exampleFiles({ steps })["workflow.yaml"] ?? "";
  const text = manifest.replace("steps:\n", () => `${keys}steps:\n`);
  const first = text.split("\n").indexOf("steps:") + 1;
  return parseManifest(text, "w.yaml").diagnostics.map(
    ({ place, code, message, hint }) =>
      `${(place?.line ?? 0) - first}:${place?.column} ${code} ${message}${hint ? ` // ${hint}` : ""}`,
  );
}

describe("findings about steps", () => {
  it.each([
    [
      "an unknown key, with the nearest known one",
      "- { id: a, task: code/a.ts, tiemout: 3s }\n",
      ['1:31 ESP201 the key "tiemout" is unknown here // Did you mean "timeout"?'],
    ],
    [
      "an unknown key that is near to nothing",
      "- { id: a, fail: { error: X, cause: y, zzz: 1 } }\n",
      ['1:42 ESP201 the key "zzz" is unknown here // Known keys are error and cause.'],
    ],
    [
      "`kind`, which is no key of the grammar",
      "- { id: a, set: 1, kind: set }\n",
      ['1:5 ESP201 the key "kind" is unknown here // Known keys are id, description, if and set.'],
    ],
    [
      "a kind that is misspelt",
      "- { id: a, tsak: code/a.ts }\n",
      ['1:5 ESP205 this step has no kind // Did you mean "task"?'],
    ],
    [
      "three kinds",
      "- { id: a, set: 1, wait: 3s, emit: X }\n",
      [
        '1:22 ESP206 a step has one kind, but this one is both "set" and "wait" // Make two steps of it; they run in the order of the list.',
        '1:32 ESP206 a step has one kind, but this one is both "set" and "emit" // Make two steps of it; they run in the order of the list.',
      ],
    ],
    [
      "the size of a task's function, which is no later kind",
      "- { id: a, task: code/a.ts, memory: 1024 }\n",
      [],
    ],
    [
      "a number where a duration belongs",
      "- { id: a, task: code/a.ts, timeout: 30 }\n",
      ["1:40 ESP211 the number 30 is no duration // Write the unit too: 30s, 30m, 30h or 30d."],
    ],
    [
      "a function that would run too long",
      "- { id: a, task: code/a.ts, timeout: 16m }\n",
      [
        "1:40 ESP211 16m is too long: at most 15m is possible here // A duration is a whole number and one of s, m, h, d: 30s, 5m, 12h, 7d.",
      ],
    ],
    [
      "true where an expression belongs",
      "- { id: a, if: true, set: 1 }\n",
      [
        '1:18 ESP214 an expression between {% and %} is expected here, found true // Write "{% true %}".',
      ],
    ],
    [
      "text and expression mixed, deep in a value",
      '- { id: a, set: { b: [1, "x {% $y %}"] } }\n',
      [
        "1:28 ESP215 a string is either wholly an expression or wholly text, found both // Join text inside the expression: \"{% 'Hello ' & $input.name %}\". In a block scalar use |- or >-.",
      ],
    ],
    [
      "a catch of neither shape",
      "- { id: a, task: code/a.ts, catch: [{ on: [X], vlaue: 1 }] }\n",
      [
        '1:39 ESP202 the key "value" is missing here // Add `value: …`.',
        '1:50 ESP201 the key "vlaue" is unknown here // Did you mean "value"?',
      ],
    ],
    [
      "States.ALL that hides what stands behind it",
      "- { id: a, task: code/a.ts, retry: [{ on: [States.ALL] }, { on: [X] }] }\n",
      [
        "1:61 ESP216 this entry is never reached: States.ALL stands before it // Move the entry with States.ALL to the end.",
      ],
    ],
    [
      "names used twice, across structures",
      [
        "- { id: a, parallel: { one: [{ id: b, set: 1 }], two: [{ id: b, set: 2 }] } }",
        '- { id: c, map: "{% $a %}", as: a, steps: [{ id: d, set: 1, }] }',
        "- { id: e, task: code/a.ts, catch: [{ on: [X], steps: [{ id: c, set: 1 }] }] }\n",
      ].join("\n"),
      [
        '1:64 ESP208 "b" names something else already // A step on line 6 has this name; names are unique in the whole workflow.',
        '2:35 ESP208 "a" names something else already // A step on line 6 has this name; names are unique in the whole workflow.',
        '3:64 ESP208 "c" names something else already // A step on line 7 has this name; names are unique in the whole workflow.',
      ],
    ],
    [
      "what an approval cannot have",
      "- { id: a, approval: approvals/a.yaml, retry: [] }\n",
      [
        '1:42 ESP207 "retry" means nothing on an approval step // It belongs to task, model, agent, retrieve, memory, prompt, emit, workflow, parallel or map steps.',
      ],
    ],
    [
      "a list of steps that is empty",
      "[]\n",
      ["1:3 ESP204 a list with something in it is expected here"],
    ],
    [
      "steps that are no steps",
      "- code/a.ts\n- [x]\n",
      [
        "1:5 ESP203 a step is expected here: a mapping with an id and a kind // For example: { id: first, task: code/first.ts }.",
        "2:5 ESP203 a step is expected here: a mapping with an id and a kind // For example: { id: first, task: code/first.ts }.",
      ],
    ],
  ])("%s", (_name, steps, expected) => {
    expect(about(steps)).toEqual(expected);
  });

  it.each([
    "/etc/passwd.ts",
    "../x.ts",
    "code/../../x.ts",
    "code//x.ts",
    "./x.ts",
    "C:/x.ts",
    "a\\b.ts",
    "~/x.ts",
  ])("%s is no path inside of the bundle", (path) => {
    expect(about(`- { id: a, task: '${path}' }\n`)).toEqual([
      expect.stringMatching(/^1:20 ESP702 /),
    ]);
  });

  it.each(["entitlement", "aws", "http"])("%s is not yet supported", (kind) => {
    expect(about(`- { id: a, ${kind}: x }\n`)).toEqual([
      expect.stringContaining(`ESP901 steps of kind "${kind}" are not yet supported`),
    ]);
  });

  it("all come at once, in the order of the file", () => {
    const codes = about(
      "- { id: 1a, set: 1 }\n- { id: b, switch: [{ when: x, steps: [{ id: c, http: d }] }] }\n- { id: b, wait: soon }\n",
      "version2: x\n",
    ).map((text) => text.split(" ")[1]);
    expect(codes).toEqual(["ESP201", "ESP210", "ESP214", "ESP901", "ESP208", "ESP211"]);
  });
});

describe("a sound manifest", () => {
  it("is normalized: defaults, seconds, kinds", () => {
    const text =
      exampleFiles({
        steps: [
          "- { id: a, task: code/a.ts, timeout: 2m, retry: [{ on: [States.ALL], interval: 1m }] }",
          '- { id: b, map: "{% $a %}", as: one, steps: [{ id: c, wait: 5m }] }',
          '- { id: d, wait: "{% $a %}" }\n',
        ].join("\n"),
      })["workflow.yaml"] ?? "";
    const { manifest } = parseManifest(text, "w.yaml");
    expect(manifest?.steps).toEqual([
      {
        kind: "task",
        id: "a",
        task: "code/a.ts",
        timeout: 120,
        memory: 512,
        effect: "none",
        permissions: [],
        catch: [],
        retry: [{ on: ["States.ALL"], attempts: 3, interval: 60, backoff: 2, jitter: "full" }],
      },
      {
        kind: "map",
        id: "b",
        map: "{% $a %}",
        as: "one",
        concurrency: 10,
        tolerate: 0,
        retry: [],
        catch: [],
        steps: [{ kind: "wait", id: "c", wait: 300 }],
      },
      { kind: "wait", id: "d", wait: "{% $a %}" },
    ]);
  });
});
