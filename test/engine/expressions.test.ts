import { describe, expect, it } from "vitest";
import { only, run } from "./engine-of.ts";

describe("a plain path in an expression", () => {
  it.each([
    ["{% $states.input.a.b %}", { a: { b: 1 } }, 1],
    ["{% $states.input.list.n %}", { list: [{ n: 1 }, { n: 2 }] }, [1, 2]],
    ["{% $states.input.list %}", { list: [] }, []],
    ["{% $states.input.a %}", { a: null }, null],
    ["{% $states.context.Execution.Input.a %}", { a: false }, false],
    ["{% $states.input.constructor %}", { constructor: "own" }, "own"],
  ])("%s of %j yields %j", async (Output, input, expected) => {
    const { output } = await run(only({ Type: "Pass", Output }), { input });
    expect(output).toEqual(expected);
  });

  it.each([
    [{ a: { b: 1 } }, 1],
    [{ a: { b: null } }, null],
    [{ a: { b: [2] } }, [2]],
    [{ a: { b: [] } }, []],
    [{ a: {} }, "none"],
    [{ a: "text" }, "none"],
    [{}, "none"],
    [{ a: [{ b: 1 }, { b: 2 }] }, [1, 2]],
    [{ a: [{}, {}] }, "none"],
  ])(
    "that may lead to nothing has something in its place: %j yields %j",
    async (input, expected) => {
      const Output = "{% ($exists($states.input.a.b) ? $states.input.a.b : 'none') %}";
      expect((await run(only({ Type: "Pass", Output }), { input })).output).toEqual(expected);
      // The same where jsonata itself evaluates it.
      const slow = `{% ($x := 1; ${Output.slice(3, -3)}) %}`;
      expect((await run(only({ Type: "Pass", Output: slow }), { input })).output).toEqual(expected);
    },
  );

  it.each([
    "$states.input.constructor",
    "$states.input.a.toString",
    "$states.input.a.b.c",
    "$states.input.none",
  ])("%s that leads to nothing fails as an undefined result", async (path) => {
    const machine = only({ Type: "Pass", Output: `{% ${path} %}` });
    const { end } = await run(machine, { input: { a: { b: 1 } } });
    expect(end).toMatchObject({
      status: "FAILED",
      error: "States.QueryEvaluationError",
      cause: expect.stringContaining(`'${path}' specified for the field 'Output' returned nothing`),
    });
  });
});

describe("a null", () => {
  it("is an output like any other beside variables that are assigned", async () => {
    const machine = only({ Type: "Pass", Output: "{% null %}", Assign: { a: 1 } });
    expect((await run(machine, { input: { kept: false } })).output).toBe(null);
  });

  it("is what a task gets whose arguments are null", async () => {
    const machine = only({
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Arguments: "{% null %}",
    });
    const { output } = await run(machine, {
      input: { kept: false },
      invoke: async (task) => ({ got: task.arguments }),
    });
    expect(output).toEqual({ got: null });
  });

  it("is what an iteration gets whose selector yields null", async () => {
    const machine = only({
      Type: "Map",
      Items: [1, 2],
      ItemSelector: "{% null %}",
      ItemProcessor: { StartAt: "P", States: { P: { Type: "Pass", End: true } } },
    });
    expect((await run(machine)).output).toEqual([null, null]);
  });
});

describe("a function that Step Functions adds", () => {
  it.each([
    ["$partition([1, 2, 3], 2)", [[1, 2], [3]]],
    ["$map([2], function($n) { $range(1, $n, 1) })", [1, 2]],
    ["($f := $parse; $f('[1]'))", [1]],
    ["$parse('{\"a\": 1}').a ~> $string()", "1"],
    ["$random(1) = $random(1)", true],
  ])("%s", async (expression, expected) => {
    const { output, end } = await run(only({ Type: "Pass", Output: `{% ${expression} %}` }));
    expect(end.cause).toBeUndefined();
    expect(output).toEqual(expected);
  });
});
