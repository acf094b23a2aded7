/** The steps of casework, one after the other, on a real project; its commands run in this process. */
import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { z } from "zod";
import captureCase from "../../bundles/casework/code/capture-case.ts";
import judge from "../../bundles/casework/code/judge.ts";
import prepare from "../../bundles/casework/code/prepare.ts";
import propose from "../../bundles/casework/code/propose.ts";
import takeCase from "../../bundles/casework/code/take-case.ts";
import listFiles from "../../bundles/casework/toolsets/workshop/list-files.ts";
import readFileTool from "../../bundles/casework/toolsets/workshop/read-file.ts";
import tryEdits from "../../bundles/casework/toolsets/workshop/try-edits.ts";
import { makeTestWorld, runStep } from "../../lib/local/testing.ts";
import type { Json } from "../../lib/runtime/json.ts";
import type { StepDefinition } from "../../lib/runtime/step-definition.ts";
import { espalier } from "../cli/espalier.ts";
import { type CaseworkProject, makeProject } from "./casework-project.ts";

vi.mock("../../bundles/casework/toolsets/workshop/run-process.ts", async (original) => {
  const real = await original<{ run: (file: string, ...rest: unknown[]) => unknown }>();
  return {
    run: async (file: string, args: string[], options: { cwd: string }) => {
      if (file !== process.execPath) return real.run(file, args, options);
      const { exitCode, stdout, stderr } = await espalier(args.slice(1), { cwd: options.cwd });
      return { code: exitCode, stdout, stderr };
    },
  };
});

const RULES = "policy/rules.txt";
const BROAD = [{ file: RULES, find: "review CC", replace: "allow CC" }];
const NARROW = [{ file: RULES, find: "allow MIT\n", replace: "allow MIT\nexcept song@1.0.0\n" }];
const BY = {
  verdict: "approved",
  by: "platform@example.com",
  at: "2026-11-21",
  reason: "It *is* ours",
};

const world = makeTestWorld();
const before = process.cwd();
let project: CaseworkProject;
let taken: z.output<typeof takeCase.output>;
let captured: z.output<typeof captureCase.output>;

async function perform<Input extends z.ZodType, Output extends z.ZodType>(
  definition: StepDefinition<Input, Output>,
  input: unknown,
  given: Json = null,
): Promise<z.output<Output>> {
  const output = await runStep(definition as unknown as StepDefinition, input, {
    ...{ world, given, timeoutSeconds: 120, files: resolve(before, "bundles/casework") },
    config: { bundle: "review" },
    // One that there is: what it has spent is asked of it.
    run: { id: project.run, principal: "legal@example.com" },
  });
  return output as z.output<Output>;
}

const caseOf = (fields: object = {}) => ({
  ...{ run: project.run, component: "song@1.0.0", expected: { verdict: "allowed" } },
  reason: "We have bought the rights.",
  ...fields,
});
const tried = (edits: unknown) =>
  perform(tryEdits, { edits }, { case: { name: "song-1-0-0-allowed", workflow: "review" } });

beforeAll(async () => {
  project = await makeProject();
  process.chdir(project.root);
  vi.stubEnv("ESPALIER_DATA", project.data);
  taken = await perform(takeCase, caseOf());
  captured = await perform(captureCase, taken);
}, 120_000);
afterAll(async () => {
  process.chdir(before);
  vi.unstubAllEnvs();
  await project?.remove();
});

describe("a case", () => {
  test("is what the run has decided, by whom it was named, and a scenario that fails today", () => {
    expect(taken).toMatchObject({
      ...{ name: "song-1-0-0-allowed", workflow: "review", expert: "legal@example.com" },
      recorded: { verdict: "unclear", reason: "by review CC-BY-3.0" },
    });
    expect(captured).toMatchObject({ isRight: false, others: 1, passed: 1 });
  });

  test.each([
    ["of a component that is not there", { component: "song@2.0.0" }, "Case.ComponentNotFound"],
    ["that is not wrong", { expected: { verdict: "unclear" } }, "Case.NotWrong"],
    ["of a run that is not there", { run: "nobody-knows" }, "Casework.CommandFailed"],
  ])("%s is refused", async (_, fields, name) => {
    await expect(perform(takeCase, caseOf(fields))).rejects.toMatchObject({ name });
  });
});

describe("the agent's tools", () => {
  const given = { case: { name: "song-1-0-0-allowed", workflow: "review" } };

  test("show the files of this bundle, and which may change", async () => {
    const { files } = await perform(listFiles, {}, given);
    const may = (path: string) =>
      files.find((file: { path: string }) => file.path === path)?.mayChange;
    expect([RULES, "code/decide.ts", "workflow.yaml"].map(may)).toEqual([true, true, false]);
    expect(await perform(readFileTool, { path: RULES }, given)).toMatchObject({ next: null });
    for (const path of ["../../input.json", "/etc/hosts", "node_modules/zod/package.json"]) {
      const refused = perform(readFileTool, { path }, given);
      await expect(refused, path).rejects.toMatchObject({ name: "File.NotFound" });
    }
  });

  test("say what a change breaks, what does not compile, and what is out of reach", async () => {
    const broad = await tried(BROAD);
    expect(broad).toMatchObject({ ok: false, case: { now: "passed" } });
    expect(broad.problems).toEqual([
      expect.stringMatching(/^The scenario films-are-reviewed was passed and is failed: films are/),
    ]);
    const code = await tried([{ file: "code/decide.ts", find: "import {", replace: "import {{" }]);
    expect(code.problems.join()).toContain("code/decide.ts");
    const scenario = "scenarios/films-are-reviewed/scenario.yaml";
    const out = await tried([{ file: scenario, find: "unclear", replace: "allowed" }]);
    expect(out.problems).toEqual([expect.stringContaining("may not be changed")]);
  });
});

describe("a proposal", () => {
  const judged = (edits: unknown) =>
    perform(judge, { case: taken, proposal: { explanation: "Because.", edits } });

  test("is judged anew, whatever the agent says of it", async () => {
    expect((await judged(BROAD)).problems.join()).toContain("films-are-reviewed");
    expect((await judged([])).problems).toEqual(["The agent proposes no change."]);
    const failed = { failed: "Agent.TurnLimit" };
    expect(await perform(judge, { case: taken, proposal: failed })).toMatchObject({ ok: false });
  });

  test("becomes a patch that mends the project, and is refused where that has changed", async () => {
    const ok = await judged(NARROW);
    expect(ok).toMatchObject({ ok: true, changed: [RULES], problems: [] });
    expect(ok.bumps).toEqual([{ what: "review", from: "1.0.0", to: "1.1.0" }]);
    expect(ok.changes).toContain(`file "${RULES}" has changed`);
    const { evidence, ...prepared } = await perform(prepare, { case: taken, judged: ok });
    const { change } = evidence.proposal as { readonly change: string };
    expect(change).toContain("+except song@1.0.0");
    expect(change).not.toContain("scenario");
    expect(evidence.decision).toMatchObject({ "with this change": { verdict: "allowed" } });
    expect(evidence.tests).toMatchObject({ case: "failed → passed", worse: [] });
    expect(evidence.agent).toMatchObject({ reasons: "Because." });

    const { folder } = await perform(propose, { ...prepared, approval: BY });
    const text = await readFile(join(project.root, folder, "proposal.md"), "utf8");
    expect(text).toContain("> It \\*is\\* ours");
    expect(await readFile(join(project.root, folder, "three-way.html"), "utf8")).toMatch(
      /^<!doctype/i,
    );

    const rules = join(project.root, "bundles/review", RULES);
    const old = await readFile(rules, "utf8");
    await writeFile(rules, "allow nothing\n");
    const late = perform(propose, { ...prepared, approval: BY });
    await expect(late).rejects.toMatchObject({ name: "Casework.BaseChanged" });
    await writeFile(rules, old);

    execFileSync("git", ["apply", join(folder, "change.patch")], { cwd: project.root });
    expect(await project.espalier("lock", "--check")).toMatchObject({
      bundles: [{ state: "unchanged" }],
    });
    expect(await project.espalier("test", "review")).toMatchObject({
      isMet: true,
      suites: [{ version: "1.1.0", counts: { passed: 2 } }],
    });
  }, 120_000);
});
