import jsonata from "jsonata";
import { describe, expect, it } from "vitest";
import { codeOf, configCode, literal, Translator } from "../../lib/compiler/emit/translate.ts";
import { ExpressionParser, parseExpression } from "../../lib/compiler/expression/parse.ts";
import type { Json } from "../../lib/runtime/json.ts";

const INPUT = {
  list: [{ k: 1 }, { k: 2 }, { k: 2 }],
  one: [{ k: 1 }],
  deep: [[1, 2], [3]],
  none: null,
};
const ANSWER = {
  v: 3,
  rows: [
    { n: 1, tags: ["x"] },
    { n: 2, tags: ["y", "z"] },
  ],
  "odd name": "o",
  empty: [],
};
const ITEM = [[7], [8, 9]];
/** What the manifest says, and what a run was started with. */
const DEFAULTS = { limit: 7, note: '${x} of "{% y %}"' };
const STARTED = { limit: 2 };
const CONFIG = { ...DEFAULTS, ...STARTED };

/** Expressions in the names of a manifest. */
const EXPRESSIONS = [
  "$input",
  "$input.list.k",
  "$input.list[k = 2]",
  "$input.list[k = $config.limit].k",
  "$config.note & $string($config.limit)",
  "$input.list[0].k + $answer.v",
  "$input.one.k",
  "$input.one[]",
  "$input.deep[0]",
  "$input.list^(>k).k",
  "$input.list{$string(k): $count($)}",
  "$answer.`odd name`",
  "$answer.rows.tags",
  "$answer.rows@$row#$i.{'n': $row.n, 'i': $i}",
  "$answer.rows[n > 1].(tags & $string($config.limit))",
  "$answer.empty",
  "$answer[v = 3].v",
  "$item",
  "$item[0]",
  "$item[1][0]",
  "[$item]",
  "$map($item, function($x) { $count($x) + $answer.v })",
  "$map($input.list, function($v, $i) { $v.k * $i })",
  "($answer2 := $answer.v; $f := function($n) { $n < 1 ? 0 : $n + $f($n - 1) }; $f($answer2))",
  "'$input.list' & \"$answer\" & /* $item */ $string($config.limit)",
  "$answer ~> |rows|{'n': $config.limit}|",
  "$input.list ~> $filter(function($v) { $v.k > 1 }) ~> $count()",
  "$answer.rows.$lookup($, 'n')",
  "{'input': $input.none, 'run': $run.id, 'where': $iteration}",
  "$run",
  "$run.`id` & '!'",
  "$exists($input.missing) ? 1 : $answer.v",
  "$replace('a$input', /\\$input/, $run.id)",
];

const RUN = { id: "run-1", version: "1.0.0" };
const STATES = {
  input: { item: ITEM, iteration: "4" },
  result: { Payload: ANSWER },
  context: { Execution: { Input: { input: INPUT, config: STARTED }, Name: RUN.id } },
};

const translator = new Translator(
  new ExpressionParser(),
  { id: "$states.context.Execution.Name", version: '"1.0.0"' },
  configCode(DEFAULTS),
);
const around = { items: new Set(["item"]), iteration: "$states.input.iteration", error: undefined };
const bare = (text: Json | undefined): string => codeOf(text ?? null) ?? "";
const plain = (value: unknown): unknown =>
  value === undefined ? undefined : JSON.parse(JSON.stringify(value));

describe("a translated expression", () => {
  const meant = (code: string) =>
    jsonata(code).evaluate(undefined, {
      input: INPUT,
      config: CONFIG,
      answer: ANSWER,
      item: ITEM,
      run: RUN,
      iteration: "4",
    });

  it.each(EXPRESSIONS)("yields the same where every name has its variable: %s", async (code) => {
    const translated = bare(translator.settled(`{% ${code} %}`, around));
    const found = await jsonata(translated).evaluate(undefined, { states: STATES, answer: ANSWER });
    expect(plain(found)).toEqual(plain(await meant(code)));
  });

  it.each([
    ["a task's result", "{% $states.result.Payload %}"],
    ["what is computed", "{% $merge([$states.result.Payload, {}]) %}"],
    ["literal data", ANSWER as Json],
  ])("yields the same on the state that assigns it, from %s", async (_name, value) => {
    const known = new Map([["answer", value]]);
    for (const code of EXPRESSIONS) {
      const translated = bare(translator.value(`{% ${code} %}`, around, known));
      const found = await jsonata(translated).evaluate(undefined, { states: STATES });
      expect([code, plain(found)]).toEqual([code, plain(await meant(code))]);
    }
  });

  it("never reads a name that its state only now assigns", () => {
    const known = new Map<string, Json>([["answer", "{% 1 + 1 %}"]]);
    expect(translator.value("{% $answer * $answer %}", around, known)).toBe(
      "{% ($answer := 1 + 1; $answer * $answer) %}",
    );
    expect(translator.value("{% $answer %}", around, known)).toBe("{% 1 + 1 %}");
  });
});

describe("literal text", () => {
  it.each(["{% not.an expression %}", "a ${placeholder} b", 'quo"ted ${x}', "${", "plain"])(
    "stays what it is: %s",
    async (text) => {
      const written = literal(text);
      expect(JSON.stringify(written)).not.toContain("${");
      const code =
        typeof written === "string" && written.startsWith("{%")
          ? bare(written)
          : JSON.stringify(text);
      expect(await jsonata(code).evaluate(undefined)).toBe(text);
    },
  );
});

describe("reading an expression", () => {
  it("finds names and their places, but not locals, functions, fields or text", () => {
    const code = "$map($a.b.c[x = $d], function($v) { $v & '$e' & $string($f) })";
    const { uses, locals } = parseExpression(code);
    expect(
      uses.map(({ name, start, end, path }) => [
        name,
        code.slice(start, end),
        path.map((one) => one.name),
      ]),
    ).toEqual([
      ["a", "$a", ["b", "c"]],
      ["d", "$d", []],
      ["f", "$f", []],
    ]);
    expect(locals.map(({ name, start }) => [name, code.slice(start, start + 2)])).toEqual([
      ["v", "$v"],
    ]);
  });

  it.each([
    ["$a.b.c", true],
    ["/* c */ $a . b", true],
    ["$a.b[0]", false],
    ["$a[]", false],
    ["$a.b{}", false],
    ["$a.true", false],
    ["$count", false],
    ["$a + $b", false],
  ])("knows whether %s is a name and fields, and no more", (code, is) => {
    expect(parseExpression(code).plain !== undefined).toBe(is);
  });

  it("reads a name and fields without jsonata as it would with it", () => {
    for (const code of ["$a", "$a.b", "$input.list.k", "$_x.y1"]) {
      const { code: _, ...quick } = parseExpression(code);
      const { code: __, ...full } = parseExpression(`${code} `);
      expect(quick).toEqual(full);
    }
  });

  it.each(["$", "(((", "'", "`", "/", "$a[", "{", "$f(", "%", "\\", "@", "$a :=", "|", "?"])(
    "never throws: %s",
    (code) => {
      expect(parseExpression(code).faults.length).toBeGreaterThan(0);
    },
  );
});
