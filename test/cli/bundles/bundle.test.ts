import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { extract, type Header, pack } from "tar-stream";
import { describe, expect, it } from "vitest";
import { openBundleSnapshot } from "../../../lib/replay/index.ts";
import { loadExample, playbook, useComponentProject } from "../../bundle/project.ts";
import { espalier } from "../espalier.ts";

const project = useComponentProject();
const cli = async (...argv: string[]) => {
  const { exitCode, stdout, stderr } = await espalier([...argv, "--json"], { cwd: project.root });
  return { exitCode, stderr, document: exitCode === 2 ? {} : JSON.parse(stdout) };
};
const at = (name: string) => join(project.root, name);

async function packed(file = "example.tar"): Promise<string> {
  await loadExample(
    project,
    "{ playbooks: { triage: ^1.0.0 } }",
    playbook("components/playbooks/triage"),
  );
  const manifest = at("bundles/example/workflow.yaml");
  const written = readFileSync(manifest, "utf8");
  writeFileSync(
    manifest,
    written.replace(/steps:[\s\S]*/, "steps: [{ id: work, task: code/work.ts }]\n"),
  );
  const { exitCode, document } = await cli("bundle", "pack", "example", "--out", file);
  expect(exitCode).toBe(0);
  return document.digest;
}

type Entry = [Pick<Header, "name"> & Partial<Header>, Buffer];

async function entriesOf(file: string): Promise<Entry[]> {
  const reader = extract();
  reader.end(readFileSync(at(file)));
  const entries: Entry[] = [];
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    entries.push([entry.header, Buffer.concat(chunks)]);
  }
  return entries;
}

/** Packs the archive anew, with other entries. */
async function change(file: string, by: (entries: Entry[]) => Entry[]): Promise<void> {
  const archive = pack();
  for (const [header, bytes] of by(await entriesOf(file))) archive.entry(header, bytes);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  writeFileSync(at(file), Buffer.concat(chunks));
}

/** Compiling takes longer than all that is tried with the file. */
let original: Buffer | undefined;

const text = (name: string, content: string): Entry => [{ name }, Buffer.from(content)];

describe("a packed bundle", () => {
  it("holds all that it takes to run and to explain it, in the same bytes each time", async () => {
    await packed();
    await packed("again.tar");
    expect(readFileSync(at("example.tar")).equals(readFileSync(at("again.tar")))).toBe(true);
    const entries = await entriesOf("example.tar");
    expect(entries.map(([{ name }]) => name)).toEqual([
      "snapshot.json",
      "bundle.lock.json",
      "code/work.ts.mjs",
      "code/work.ts.mjs.map",
      "components/playbooks/triage/component.yaml",
      "components/playbooks/triage/steps.md",
      "plan.json",
      "sources/workflow.yaml",
    ]);
    const json = (name: string) =>
      JSON.parse(entries.find(([header]) => header.name === name)?.[1].toString() ?? "");
    expect(json("plan.json").definition.States).toBeDefined();
    const espalierVersion = JSON.parse(readFileSync("package.json", "utf8")).version;
    expect(json("bundle.lock.json")).toMatchObject({
      espalier: espalierVersion,
      components: { "playbooks.triage": { version: "1.2.0" } },
    });
  });

  it("is sound, and unpacked where a replay finds it, or into a folder", async () => {
    const digest = await packed();
    const files = (await entriesOf("example.tar")).length - 1;
    const facts = { workflow: "example", version: "1.0.0", digest, files };
    expect(await cli("bundle", "verify", "example.tar")).toMatchObject({
      exitCode: 0,
      document: { ...facts, sound: true, problems: [] },
    });
    rmSync(at("bundles"), { recursive: true });
    expect(await cli("bundle", "unpack", "example.tar", "--data", "kept")).toMatchObject({
      exitCode: 0,
      document: { ...facts, folder: `kept/bundles/${digest.replace(":", "-")}` },
    });
    expect(await cli("bundle", "verify", digest, "--data", "kept")).toMatchObject({ exitCode: 0 });
    const replayed = await openBundleSnapshot(at("kept/bundles"), digest);
    expect([replayed.plan.workflow, existsSync(replayed.codeOf("code/work.ts"))]).toEqual([
      "example",
      true,
    ]);
    const { document } = await cli("bundle", "pack", digest.slice(7, 19), "--data", "kept");
    expect(document.file).toBe(`example-${digest.slice(7, 19)}.tar`);
    expect(readFileSync(at(document.file)).equals(readFileSync(at("example.tar")))).toBe(true);
    writeFileSync(at("example.tar.gz"), gzipSync(readFileSync(at("example.tar"))));
    await cli("bundle", "unpack", "example.tar.gz", "--out", "folder");
    expect(readdirSync(at("folder"), { recursive: true }).length).toBeGreaterThan(files);
    expect((await cli("bundle", "unpack", "example.tar", "--out", "folder")).exitCode).toBe(1);
  });

  it.each<[string, (entries: Entry[]) => Entry[], string]>([
    [
      "a file changed",
      (all) => all.map((one) => (one[0].name === "plan.json" ? text("plan.json", "{}") : one)),
      "plan.json has other content",
    ],
    [
      "a file less",
      (all) => all.filter(([{ name }]) => name !== "sources/workflow.yaml"),
      "sources/workflow.yaml is missing",
    ],
    ["a file more", (all) => [...all, text("more.mjs", "")], "more.mjs was not written with it"],
    ["a file twice", (all) => [...all, text("plan.json", "{}")], "plan.json is there twice"],
    ["a path upwards", (all) => [...all, text("../evil", "")], "../evil leads out"],
    ["an absolute path", (all) => [...all, text("/tmp/evil", "")], "/tmp/evil leads out"],
    [
      "a link",
      (all) => [...all, [{ name: "l", type: "symlink", linkname: "/etc/passwd" }, Buffer.of()]],
      "l is a symlink, and no file",
    ],
    [
      "a hard link",
      (all) => [...all, [{ name: "l", type: "link", linkname: "plan.json" }, Buffer.of()]],
      "l is a link, and no file",
    ],
    [
      "no listing",
      (all) => all.filter(([{ name }]) => name !== "snapshot.json"),
      "snapshot.json is missing",
    ],
    [
      "a listing of another bundle",
      (all) =>
        all.map(([header, bytes]) =>
          header.name === "snapshot.json"
            ? text(
                "snapshot.json",
                bytes.toString().replace(/sha256:[0-9a-f]{64}/, `sha256:${"0".repeat(64)}`),
              )
            : [header, bytes],
        ),
      `snapshot.json says sha256:${"0".repeat(64)}, and the files make sha256:`,
    ],
  ])("with %s is named, refused, and leaves nothing behind", async (_name, by, problem) => {
    if (original === undefined) {
      await packed();
      original = readFileSync(at("example.tar"));
    }
    writeFileSync(at("example.tar"), original);
    await change("example.tar", by);
    const { exitCode, document } = await cli("bundle", "verify", "example.tar");
    expect([exitCode, document.sound]).toEqual([1, false]);
    const words = document.problems.map((one: { path: string; problem: string }) =>
      [one.path, one.problem].join(" "),
    );
    expect(words.join("\n")).toContain(problem);
    expect((await cli("bundle", "unpack", "example.tar", "--data", "kept")).exitCode).toBe(1);
    expect((await cli("bundle", "unpack", "example.tar", "--out", "folder")).exitCode).toBe(1);
    expect([existsSync(at("kept/bundles")), existsSync(at("folder"))]).toEqual([false, false]);
  });

  it("that is none is told in words", async () => {
    writeFileSync(at("none.tar"), "not an archive at all");
    const { exitCode, document } = await cli("bundle", "verify", "none.tar");
    expect([exitCode, document.problems.length > 0]).toEqual([1, true]);
    writeFileSync(at("none.gz"), Buffer.from([0x1f, 0x8b, 1, 2, 3]));
    expect((await cli("bundle", "verify", "none.gz")).exitCode).toBe(1);
    expect((await cli("bundle", "verify", "nowhere.tar")).exitCode).toBe(1);
    expect((await cli("bundle", "press", "none.tar")).exitCode).toBe(2);
  });
});
