/** Scenarios that are captured: what is in them, what is not, and that they come out as the run did. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { memoryArtifacts } from "../../../lib/local/ports/memory.ts";
import { writeRunFolder } from "../../../lib/local/runtime/run-folder.ts";
import { openBundleSnapshot, openRun, type RecordedRun } from "../../../lib/replay/index.ts";
import { type Capture, captureScenario } from "../../../lib/replay/scenarios/capture.ts";
import { testScenario } from "../../../lib/replay/scenarios/test-scenario.ts";
import { digestNumber } from "../record-run.ts";
import { recorded } from "../recorded.ts";

const STEPS = `- { id: plan, task: code/plan.ts, with: { n: "{% $input.n %}" } }
- { id: look, task: code/look.ts, effect: read, with: { n: "{% $plan.n %}" } }
- { id: review, approval: approvals/review.yaml, with: { of: "{% $look %}" } }
- { id: done, task: code/done.ts, with: { look: "{% $look %}", by: "{% $review.by %}" } }
`;
const codeOf = (done: string) => `export const work = ({ step: { id }, input }) => {
  if (id === "plan") return { n: input.n + 1, noise: "x".repeat(500) };
  if (id === "look") return { price: input.n * 10 };
  return ${done};
};
export const handler = async (call) => work(call);
`;

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "espalier-capture-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function captured(code = codeOf("input"), capture: Partial<Capture> = {}) {
  const made = await recorded({ steps: STEPS, code });
  const run = await openRun(made.folder);
  const own = await openBundleSnapshot(made.bundles, digestNumber(1));
  const bundle = await emptyFolder();
  const options: Capture = {
    ...{ name: "case", own, artifacts: memoryArtifacts(), bundle, replace: false },
    expected: { value: run.output },
    ...capture,
  };
  return { ...made, run, own, bundle, options, told: await captureScenario(run, options) };
}

async function filesIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(entry.parentPath, entry.name));
    found[entry.name] = (entry.name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  }
  return found;
}

it("comes out as the run did, on its own bundle, and keeps nothing that runs again", async () => {
  const { told, own, bundle } = await captured();
  expect(told).toMatchObject({ isSame: true, withheld: [], masked: [] });
  expect(told.files).toEqual(["expected.json", "input.json", "scenario.yaml", "world.json"]);
  const result = await testScenario({ folder: told.folder, bundle }, own);
  expect(result).toMatchObject({ origin: "captured", verdict: "passed", reasons: [] });
  const { "world.json": world = "" } = await filesIn(told.folder);
  expect(world).not.toContain("xxx");
  expect(world).toContain('"price": 20');
});

it("fails on a bundle that does something else, and says where", async () => {
  const { told, bundle, other, bundles } = await captured();
  await other({ steps: STEPS, code: codeOf("{ ...input, look: { price: 1 } }") });
  const changed = await openBundleSnapshot(bundles, digestNumber(2));
  const result = await testScenario({ folder: told.folder, bundle }, changed);
  expect(result.verdict).toBe("failed");
  expect(result.checks[0]?.message).toBe("look.price is 1, and not 20");
});

it("notes that a decision was made on other evidence", async () => {
  const { told, bundle, other, bundles } = await captured();
  const steps = STEPS.replace('{ of: "{% $look %}" }', '{ of: "{% $look.price %}" }');
  await other({ steps, code: codeOf("input") });
  const changed = await openBundleSnapshot(bundles, digestNumber(2));
  const { verdict, notes } = await testScenario({ folder: told.folder, bundle }, changed);
  expect({ verdict, notes }).toEqual({
    verdict: "passed",
    notes: ["review: the decision was made on other evidence"],
  });
});

it("writes the same bytes again, and overwrites nothing unasked", async () => {
  const { run, options, told } = await captured();
  const first = await filesIn(told.folder);
  await expect(captureScenario(run, options)).rejects.toMatchObject({ code: "ScenarioExists" });
  await captureScenario(run, { ...options, replace: true });
  expect(await filesIn(told.folder)).toEqual(first);
  expect(await readdir(join(options.bundle, "scenarios"))).toEqual(["case"]);
});

it("writes what somebody expects of a part of the output", async () => {
  const expected = { value: 39, of: "{% $output.look.price %}" };
  const { told, own, bundle } = await captured(codeOf("input"), { expected });
  const { verdict, checks } = await testScenario({ folder: told.folder, bundle }, own);
  expect({ verdict, message: checks[0]?.message }).toEqual({
    verdict: "failed",
    message: "it is 20, and not 39",
  });
});

it("does without the run's own bundle, and says that it was not replayed", async () => {
  const { told } = await captured(codeOf("input"), { own: undefined });
  expect(told.isSame).toBeNull();
});

/** A run whose contracts class `secret`; its code writes it into artifacts and texts. */
async function secretRun(secret: string, place: string) {
  const artifacts = memoryArtifacts();
  const put = (text: string) => artifacts.put(Buffer.from(text), { mediaType: "text/plain" });
  const [closed, open] = [await put(`about ${secret}`), await put("nothing of anybody")];
  const classed = { type: "string", "x-data-class": "personal" };
  const input = { type: "object", properties: { who: classed } };
  const output = {
    type: "object",
    properties: { open: { "x-artifact": true, "x-data-class": "public" }, closed: {} },
  };
  return { artifacts, closed, open, contract: { input, output }, secret, place };
}

it("never writes what a contract classes, wherever the run has carried it", async () => {
  const secrets = fc
    .string({ unit: "grapheme", minLength: 6, maxLength: 20 })
    .filter(
      (text) => /\p{L}{3}/u.test(text) && !/example|masked|personal|about|nothing/.test(text),
    );
  await fc.assert(
    fc.asyncProperty(secrets, fc.constantFrom("text", "json", "key"), async (secret, place) => {
      const folder = await mkdtemp(join(tmpdir(), "espalier-secret-"));
      try {
        const told = await captureSecret(await secretRun(secret, place), folder);
        const all = Object.values(await filesIn(told.folder)).join("\n");
        const spelled = [secret, JSON.stringify(secret).slice(1, -1)];
        for (const each of spelled) expect(all.includes(each)).toBe(false);
        expect(told.withheld.map(({ why }) => why)).toEqual(["classed"]);
        expect(told.files.filter((path) => path.startsWith("artifacts/"))).toHaveLength(1);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    }),
    { numRuns: 15 },
  );
});

/** Keeps such a run as the runtime does, and captures it. */
async function captureSecret(
  { artifacts, closed, open, contract, secret, place }: Awaited<ReturnType<typeof secretRun>>,
  folder: string,
) {
  const spread = {
    text: `mail of ${secret}!`,
    json: JSON.stringify({ deep: [secret] }),
    key: { [secret]: 1 },
  }[place];
  const made = await recorded(
    { steps: '- { id: a, task: code/a.ts, effect: read, with: "{% $input %}" }\n' },
    { who: secret },
  );
  const plain = await openRun(made.folder);
  const answer = { open: { ...open }, closed: { ...closed }, spread };
  const events = plain.events.map((event) => withAnswer(event, JSON.stringify(answer)));
  const { run } = plain;
  const own = await openBundleSnapshot(made.bundles, digestNumber(1));
  const plan = { ...own.plan, handlers: { a: contract }, contracts: contract };
  const execution = { input: JSON.stringify(plain.input), output: JSON.stringify(answer) };
  await writeRunFolder(
    {
      execution: execution as never,
      ...{ events: events as never, steps: plan.steps, plan: plan as never },
      report: { run, redrives: 0 } as never,
      journals: { format: 1, steps: [] },
    },
    join(folder, "runs"),
    { artifacts, records: NO_RECORDS, clock: { now: () => new Date(0) } },
  );
  const kept: RecordedRun = await openRun(join(folder, "runs", run.id));
  await mkdir(join(folder, "bundle"));
  await writeFile(join(folder, "bundle", "workflow.yaml"), "");
  return captureScenario(
    { ...kept, input: { ...(kept.input as object), input: { open, closed } } as never },
    {
      ...{ name: "case", artifacts, bundle: join(folder, "bundle"), replace: false },
      own: { ...own, plan: plan as never },
    },
  );
}

const NO_RECORDS = { query: async () => ({ items: [] }) } as never;

function withAnswer(event: object, answer: string): object {
  const text = JSON.stringify(event);
  if (!text.includes("EventDetails")) return event;
  return Object.fromEntries(
    Object.entries(event).map(([name, details]) => {
      const isAnswer =
        name === "taskSucceededEventDetails" || name === "executionSucceededEventDetails";
      if (!isAnswer) return [name, details];
      const output = name.startsWith("task") ? `{"Payload":${answer}}` : answer;
      return [name, { ...(details as object), output }];
    }),
  );
}
