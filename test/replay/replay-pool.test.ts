/** Many replays on all cores. */
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { memoryArtifacts } from "../../lib/local/ports/memory.ts";
import { ReplayPool } from "../../lib/replay/index.ts";
import { digestNumber } from "./record-run.ts";
import { recorded, verdicts } from "./recorded.ts";

const TWO = `- { id: a, task: code/a.ts, with: { n: "{% $input.n %}" } }
- { id: b, task: code/b.ts, with: { of: "{% $a %}" } }
`;
const codeOf = (body: string, head = "") =>
  `${head}\nexport const work = ({ step: { id }, input }) => { ${body} };\nexport const handler = async (call) => work(call);\n`;

function poolOf(bundles: string, digest: number) {
  const pool = new ReplayPool(
    { store: bundles, digest: digestNumber(digest) },
    { artifacts: memoryArtifacts(), threads: 2 },
  );
  onTestFinished(() => pool.close());
  return pool;
}

it("says of every run what a replay by itself says", async () => {
  const { folder, bundles, replay, other } = await recorded({
    steps: TWO,
    code: codeOf("return id;"),
  });
  const alone = await (await other({ steps: TWO, code: codeOf('return id + "!";') }))();
  expect(verdicts(alone)).toEqual(["a: run, differs", "b: run, differs"]);
  const against = poolOf(bundles, 2);
  const reports = await Promise.all(Array.from({ length: 9 }, () => against.replay(folder)));
  expect(reports).toEqual(Array.from({ length: 9 }, () => alone));
  expect(await poolOf(bundles, 1).replay(folder)).toEqual(await replay());
});

it("goes on after code that ends its thread, and says what it did", async () => {
  const ends = codeOf('if (import.meta.url.startsWith("file:")) process.exit(3); return id;');
  const { folder, bundles } = await recorded({ steps: TWO, code: ends });
  const pool = poolOf(bundles, 1);
  const [first, second] = await Promise.all([pool.replay(folder), pool.replay(folder)]);
  expect(first.steps[0]?.differences).toMatchObject([{ path: "answer" }]);
  expect(second).toEqual(first);
});

it("tells what cannot be replayed as a replay by itself does", async () => {
  const { bundles } = await recorded({ steps: TWO });
  await expect(poolOf(bundles, 1).replay(bundles)).rejects.toMatchObject({ code: "RunNotKept" });
  await expect(poolOf(bundles, 9).replay(join(bundles, "x"))).rejects.toMatchObject({
    code: "BundleNotKept",
  });
});
