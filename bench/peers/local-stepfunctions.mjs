/**
 * aws-local-stepfunctions: `runs` runs at once through a machine of `steps` states in a row,
 * `repeat` times over. JSONPath, since it knows no JSONata; it keeps no history.
 */
import { report, time } from "./report.mjs";

// The package asks for Node 22 and uses this there; without it, Task states fail on Node 20.
Promise.withResolvers ??= () => {
  const made = {};
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  return made;
};

const FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:add";

function definition(steps, type) {
  const states = {};
  for (let i = 0; i < steps; i++) {
    const after = i === steps - 1 ? { End: true } : { Next: `s${i + 1}` };
    states[`s${i}`] =
      type === "Task" ? { Type: "Task", Resource: FUNCTION, ...after } : { Type: "Pass", ...after };
  }
  return { StartAt: "s0", States: states };
}

await report(async ({ type, steps, runs, repeat, warmup }) => {
  const { StateMachine } = await import("aws-local-stepfunctions");
  const machine = new StateMachine(definition(steps, type), {
    validationOptions: { noValidate: true },
  });
  const add = async ({ n }) => ({ n: n + 1 });
  const handlers = {};
  if (type === "Task") for (let i = 0; i < steps; i++) handlers[`s${i}`] = add;
  const expected = type === "Task" ? steps : 0;
  const run = async () => {
    const execution = machine.run({ n: 0 }, { overrides: { taskResourceLocalHandlers: handlers } });
    const result = await execution.result;
    if (result.n !== expected) throw new Error(`a run ended with ${result.n}, not ${expected}`);
  };
  const batch = () => Promise.all(Array.from({ length: runs }, run));
  for (let i = 0; i < warmup; i++) await run();
  const ms = await time(async () => {
    for (let i = 0; i < repeat; i++) await batch();
  });
  return { value: (steps * runs * repeat) / (ms / 1000), ms };
});
