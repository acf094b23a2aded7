import { describe, expect, it } from "vitest";
import { type BundleParts, compileSteps, findingsIn } from "./bundle-of.ts";

/** Steps, what is found in them, and what the hint says; `|` cuts off the margin. */
interface Case {
  readonly name: string;
  readonly steps: string;
  readonly found: readonly string[];
  readonly hint?: string;
  readonly parts?: BundleParts;
}

const task = (id: string, more = ""): string => `{ id: ${id}, task: code/work.ts${more} }`;

const CASES: readonly Case[] = [
  {
    name: "a name that no step has, with the nearest one",
    steps: `- ${task("inventory")}\n- { id: next, set: "{% $inventroy.a %}" }\n`,
    found: ['2 ESP304 «$inventroy» "$inventroy" is not defined here'],
    hint: 'Did you mean "$inventory"?',
  },
  {
    name: "a step that comes later",
    steps: `- { id: one, set: "{% $two %}" }\n- { id: two, set: 2 }\n`,
    found: ['1 ESP304 «$two» "$two" is not defined here'],
    hint: '"two" comes later (line 7).',
  },
  {
    name: "a step's own output in its own input",
    steps: `- { id: one, set: "{% $one %}" }\n`,
    found: ['1 ESP304 «$one» "$one" is not defined here'],
    hint: '"one" is this very step: it has no output before it has run.',
  },
  {
    name: "a step inside of a map, from outside",
    steps: `- id: findings\n  map: "{% $input.list %}"\n  as: package\n  steps: [${task("finding")}]\n- id: review\n  set: "{% $finding.verdict %}"\n`,
    found: ['6 ESP304 «$finding» "$finding" is not defined here'],
    hint: '"finding" lives inside the map "findings" (line 6). Its results are the list "$findings".',
  },
  {
    name: "a map's item, from outside",
    steps: `- id: findings\n  map: "{% $input.list %}"\n  as: package\n  steps: [${task("finding")}]\n- { id: review, set: "{% $package %}" }\n`,
    found: ['5 ESP304 «$package» "$package" is not defined here'],
    hint: '"package" lives inside the map "findings" (line 6). Its results are the list "$findings".',
  },
  {
    name: "a map's results within the map",
    steps: `- id: findings\n  map: "{% $input.list %}"\n  as: package\n  steps: [{ id: one, set: "{% $findings %}" }]\n`,
    found: ['4 ESP304 «$findings» "$findings" is not defined here'],
    hint: '"findings" is the map around this place: it has no result before it ends.',
  },
  {
    name: "a sibling branch of a parallel",
    steps: `- id: both\n  parallel:\n    left: [${task("a")}]\n    right: [{ id: b, set: "{% $a %}" }]\n`,
    found: ['4 ESP304 «$a» "$a" is not defined here'],
    hint: '"a" lives in branch "left" of the parallel "both" (line 6); what that branch yields is "$both.left", once all have ended.',
  },
  {
    name: "a step inside of a repeat, after it",
    steps: `- id: poll\n  repeat: { max: 3, until: "{% $status.done %}" }\n  steps: [${task("status")}]\n- { id: after, set: "{% $status %}" }\n`,
    found: ['4 ESP304 «$status» "$status" is not defined here'],
    hint: '"status" lives inside the repeat "poll" (line 6). The result of its last round is "$poll".',
  },
  {
    name: "a later step of a repeat's body, as if from the round before",
    steps: `- id: poll\n  repeat: { max: 3, until: "{% $b %}" }\n  steps: [{ id: a, set: "{% $b %}" }, { id: b, set: true }]\n`,
    found: ['3 ESP304 «$b» "$b" is not defined here'],
  },
  {
    name: "a step that only one case of a switch defines",
    steps: `- id: way\n  switch:\n    - when: "{% $input.big %}"\n      steps: [${task("big")}]\n    - otherwise: [${task("small")}]\n- { id: after, set: "{% $big %}" }\n`,
    found: ['6 ESP305 «$big» "$big" is not defined on every path'],
    hint: 'Only the path through case 1 of the switch "way" (line 6) defines it. What the taken case yields is "$way".',
  },
  {
    name: "a step that only a catch defines",
    steps: `- ${task("a", ", catch: [{ on: [Step.Failed], steps: [{ id: b, set: 1 }] }]")}\n- { id: after, set: "{% $b %}" }\n`,
    found: ['2 ESP305 «$b» "$b" is not defined on every path'],
    hint: 'Only the path through a catch of "a" (line 6) defines it. What the catch yields is "$a".',
  },
  {
    name: "the output of a step that failed, in its catch",
    steps: `- ${task("a", ', catch: [{ on: [Step.Failed], value: "{% $a %}" }]')}\n`,
    found: ['1 ESP304 «$a» "$a" is not defined here'],
  },
  {
    name: "a caught error outside of a catch",
    steps: `- { id: one, set: "{% $error.name %}" }\n`,
    found: ['1 ESP304 «$error» "$error" is not defined here'],
    hint: '"$error" is the error that a catch caught: only its steps see it.',
  },
  {
    name: "what Step Functions itself calls things",
    steps: `- { id: one, set: "{% $states.input %}" }\n`,
    found: [
      '1 ESP304 «$states» "$states" is what Step Functions sees, and means something else in each state',
    ],
  },
  {
    name: "a local variable with the name of a step",
    steps: `- { id: one, set: 1 }\n- { id: two, set: "{% ($one := 2; $one) %}" }\n`,
    found: ['2 ESP306 «$one» "$one" is bound here, and would hide the workflow\'s own "$one"'],
  },
  {
    name: "a parameter with the name of the input",
    steps: `- { id: one, set: "{% $map([1], function($input) { $input }) %}" }\n`,
    found: [
      '1 ESP306 «$input» "$input" is bound here, and would hide the workflow\'s own "$input"',
    ],
  },
  {
    name: "an id that is a function",
    steps: `- { id: filter, set: 1 }\n`,
    found: ['1 ESP307 «filter» "filter" is a function of expressions, and this name would hide it'],
  },
  {
    name: "a step after the end",
    steps: `- { id: one, succeed: 1 }\n- { id: two, set: 2 }\n`,
    found: ['2 ESP308 «two» "two" never runs: every way to it ends before'],
  },
  {
    name: "a step after a switch of which every case ends",
    steps: `- id: way\n  switch:\n    - { when: "{% $input.a %}", steps: [{ id: x, fail: { error: E, cause: c } }] }\n    - otherwise: [{ id: y, succeed: 1 }]\n- { id: two, set: 2 }\n`,
    found: ['5 ESP308 «two» "two" never runs: every way to it ends before'],
  },
  {
    name: "a field that the run does not have",
    steps: `- { id: one, set: "{% $run.digets %}" }\n`,
    found: ['1 ESP413 «digets» "$run" has no "digets"'],
    hint: 'Did you mean "digest"?',
  },
  {
    name: "an expression that does not parse, at the place in the file",
    steps: `- id: one\n  set:\n    deep: >-\n      {% $input.a +\n      ) %}\n`,
    found: [
      '5 ESP301 «)» the expression does not parse: The symbol ")" cannot be used as a unary operator',
    ],
  },
  {
    name: "a function that does not exist",
    steps: `- { id: one, set: "{% $cuont($input) %}" }\n`,
    found: ["1 ESP303 «$cuont» there is no function $cuont"],
    hint: "Did you mean $count?",
  },
  {
    name: "$eval, and operators newer than Step Functions' JSONata",
    steps: `- { id: one, set: "{% $eval('1') %}" }\n- { id: two, set: "{% $input.a ?? 1 %}" }\n- { id: three, set: "{% $input.a ?: 1 %}" }\n`,
    found: [
      "1 ESP303 «$eval» Step Functions has no $eval",
      '2 ESP303 «??» Step Functions\' JSONata has no "??"',
      '3 ESP303 «?:» Step Functions\' JSONata has no "?:"',
    ],
  },
  {
    name: "a field of nothing",
    steps: `- { id: one, set: "{% sbom.components %}" }\n`,
    found: [
      '1 ESP302 «sbom» "sbom" is a field, but of nothing: an expression starts from named data',
    ],
    hint: "Did you mean $sbom?",
  },
  {
    name: "an error that Step Functions does not know",
    steps: `- ${task("a", ", retry: [{ on: [States.Timout] }]")}\n`,
    found: ['1 ESP309 «States.Timout» Step Functions has no error "States.Timout"'],
    hint: 'Did you mean "States.Timeout"?',
  },
  {
    name: "all findings at once, in the order of the file",
    steps: `- { id: one, set: "{% $a + $b %}" }\n- { id: two, set: "{% $c( %}" }\n- { id: three, set: "{% $d %}" }\n`,
    found: [
      '1 ESP304 «$a» "$a" is not defined here',
      '1 ESP304 «$b» "$b" is not defined here',
      '2 ESP301 «(» the expression does not parse: Expected ")" before end of expression',
      '3 ESP304 «$d» "$d" is not defined here',
    ],
  },
];

const SOUND: readonly Omit<Case, "found">[] = [
  {
    name: "a step that its own `if` may skip",
    steps: `- ${task("a", ', if: "{% $input.x %}"')}\n- { id: b, set: "{% $a %}" }\n`,
  },
  {
    name: "a step of the only case that goes on",
    steps: `- id: way\n  switch:\n    - { when: "{% $input.a %}", steps: [{ id: x, fail: { error: E, cause: c } }] }\n    - otherwise: [${task("y")}]\n- { id: two, set: "{% $y %}" }\n`,
  },
  {
    name: "outer names inside of a map in a parallel",
    steps: `- ${task("a")}\n- id: both\n  parallel:\n    left:\n      - { id: every, map: "{% $a.list %}", as: item, steps: [{ id: x, set: "{% [$a, $item] %}" }] }\n`,
  },
  {
    name: "the steps of a repeat's body in its until",
    steps: `- { id: r, repeat: { max: 2, until: "{% $x.ok %}" }, steps: [${task("x")}] }\n`,
  },
  {
    name: "the error in a catch, and in steps deep within",
    steps: `- ${task("a", ', catch: [{ on: [States.ALL], steps: [{ id: p, parallel: { l: [{ id: q, set: "{% $error.cause %}" }] } }] }]')}\n`,
  },
  {
    name: "$error as a function",
    steps: `- { id: a, set: "{% $input.ok ? 1 : $error('not ok') %}" }\n`,
  },
  {
    name: "locals, parameters, functions as values, and fields within a predicate",
    steps: `- { id: a, set: "{% ($f := function($n) { $n < 1 ? 0 : $f($n - 1) }; $map($input.list[price > 3].name, $string) ~> $append([$f(3)])) %}" }\n`,
  },
  {
    name: "focus and index of a path",
    steps: `- { id: a, set: "{% $input.list@$v#$i.{'v': $v, 'i': $i} %}" }\n`,
  },
];

describe("names and expressions", () => {
  it.each(CASES)("finds $name", ({ steps, found, hint, parts }) => {
    expect(findingsIn(steps, parts)).toEqual(found);
    const compiled = compileSteps(steps, parts);
    expect(compiled.plan).toBeUndefined();
    if (hint !== undefined) expect(compiled.diagnostics[0]?.hint).toBe(hint);
  });

  it.each(SOUND)("accepts $name", ({ steps, parts }) => {
    expect(findingsIn(steps, parts)).toEqual([]);
  });
});
