import { join } from "node:path";
import { expect, it } from "vitest";
import type { Invocation } from "../../../lib/cli/command.ts";
import { Output } from "../../../lib/cli/output.ts";
import { readControl } from "../../../lib/cli/runs/open-control.ts";
import { RequestError } from "../../../lib/runtime/errors.ts";
import { dataFolder, openRuntime } from "../../local/runtime-world.ts";
import { testIo } from "../test-io.ts";

it("looks once more where the command whose runtime answered ends in the middle", async () => {
  const dataDir = join(await dataFolder(), "data");
  const other = await openRuntime(dataDir);
  const { io } = testIo();
  const invocation = { io, out: new Output(io, false), dataDir } as unknown as Invocation;
  let looks = 0;
  const seen = await readControl(
    invocation,
    async (control) => {
      looks += 1;
      await other.close();
      return control.workflows();
    },
    () => [],
  );
  expect(seen).toEqual([]);
  expect(looks).toBe(2);
});

it("gives up on what stays away, and on anything else at once", async () => {
  const dataDir = join(await dataFolder(), "data");
  const runtime = await openRuntime(dataDir);
  await runtime.close();
  const { io } = testIo();
  const invocation = { io, out: new Output(io, false), dataDir } as unknown as Invocation;
  const fail = (code: "RuntimeUnreachable" | "RunNotFound") => {
    let looks = 0;
    const failing = readControl(
      invocation,
      async () => {
        looks += 1;
        throw new RequestError(code, "gone");
      },
      () => undefined,
    );
    return failing.then(
      () => looks,
      () => looks,
    );
  };
  expect(await fail("RuntimeUnreachable")).toBe(3);
  expect(await fail("RunNotFound")).toBe(1);
});
