import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { espalier } from "../cli/espalier.ts";
import { useProject } from "./project.ts";

const project = useProject();
const at = (path: string) => join(project.folder, path);

let busy: Server;
let busyPort = 0;
beforeAll(async () => {
  busy = createServer();
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  busyPort = (busy.address() as AddressInfo).port;
  await cp(at("bundles/hello"), at("good"), { recursive: true });
});
afterAll(() => {
  busy.close();
});
afterEach(async () => {
  await rm(at("bundles/hello"), { recursive: true });
  await cp(at("good"), at("bundles/hello"), { recursive: true });
  await rm(at(".espalier"), { recursive: true, force: true });
});

/** Without data folders, and without node_modules, whose links lead round in a circle. */
async function filesOfProject(): Promise<string[]> {
  const top = await readdir(project.folder);
  const inside = await readdir(at("bundles"), { recursive: true });
  return [...top.filter((name) => name !== ".espalier"), ...inside].sort();
}

interface Case {
  readonly name: string;
  /** Prepares the folder. */
  readonly given?: () => Promise<unknown>;
  readonly argv: string[];
  readonly stdin?: string;
  readonly exitCode: 1 | 2;
  /** Code of the error, or of the finding. */
  readonly code: string;
  readonly says: RegExp;
}

const manifest = (text: string | Uint8Array) => () =>
  writeFile(at("bundles/hello/workflow.yaml"), text);
const code = (text: string) => () => writeFile(at("bundles/hello/code/greet.ts"), text);

const BUNDLES: Case[] = [
  {
    name: "an empty manifest",
    given: manifest(""),
    argv: ["check"],
    exitCode: 1,
    code: "ESP",
    says: /bundles\/hello\/workflow\.yaml:1:1/,
  },
  {
    name: "a manifest that is a folder",
    given: async () => {
      await rm(at("bundles/hello/workflow.yaml"));
      await mkdir(at("bundles/hello/workflow.yaml"));
    },
    argv: ["check"],
    exitCode: 1,
    code: "ESP101",
    says: /it is a folder/,
  },
  {
    name: "tabs",
    given: manifest("apiVersion: espalier/v1\nsteps:\n\t- id: a\n"),
    argv: ["check"],
    exitCode: 1,
    code: "ESP",
    says: /workflow\.yaml:3:1 .*[Tt]ab/s,
  },
  {
    name: "a duplicate key",
    given: manifest("apiVersion: espalier/v1\nworkflow: hello\nworkflow: hello\n"),
    argv: ["check"],
    exitCode: 1,
    code: "ESP",
    says: /workflow\.yaml:3:1/,
  },
  {
    name: "anchors that explode",
    given: manifest(
      ["a: &a [x, x, x, x, x, x, x, x, x]"]
        .concat(
          Array.from({ length: 8 }, (_, i) => {
            const [to, from] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)];
            return `${to}: &${to} [${Array.from({ length: 9 }, () => `*${from}`).join(", ")}]`;
          }),
        )
        .join("\n"),
    ),
    argv: ["check"],
    exitCode: 1,
    code: "ESP",
    says: /alias/i,
  },
  {
    name: "a manifest of 10 MB",
    given: () => writeFile(at("bundles/hello/workflow.yaml"), "# x\n".repeat(2_500_000)),
    argv: ["check"],
    exitCode: 1,
    code: "ESP102",
    says: /at most 1 MiB/,
  },
  {
    name: "a handler that does not compile",
    given: code("export default {{\n"),
    argv: ["run", "hello"],
    exitCode: 1,
    code: "ESP7",
    says: /code\/greet\.ts:1/,
  },
  {
    name: "a handler without a default export",
    given: code("export const x = 1;\n"),
    argv: ["run", "hello"],
    exitCode: 1,
    code: "ESP7",
    says: /default/,
  },
  {
    name: "a handler whose path leads out of the bundle",
    given: async () => {
      const text = await readFile(at("good/workflow.yaml"), "utf8");
      await manifest(text.replace("code/greet.ts", "../../../greet.ts"))();
    },
    argv: ["check"],
    exitCode: 1,
    code: "ESP",
    says: /\.\.\/\.\.\/\.\.\/greet\.ts/,
  },
];

describe("a bundle that is wrong", () => {
  it.each(BUNDLES)("$name: place, code and words; nothing is started", async (each) => {
    await each.given?.();
    const ran = await espalier(each.argv, { cwd: project.folder });
    expect(ran.exitCode).toBe(each.exitCode);
    const text = ran.stdout + ran.stderr;
    expect(text).toMatch(each.says);
    expect(text).toContain(each.code);
    expect(text).not.toMatch(/\n {4}at /);
    const { stdout } = await espalier([...each.argv, "--json"], { cwd: project.folder });
    const document = JSON.parse(stdout);
    const [finding] = document.bundles?.[0].diagnostics ?? document.error.diagnostics;
    expect(finding.code).toMatch(new RegExp(`^${each.code}`));
    expect(await readdir(project.folder)).not.toContain(".espalier");
  });
});

const ACTIONS: Case[] = [
  {
    name: "a workflow that does not exist",
    argv: ["run", "helo"],
    exitCode: 1,
    code: "WorkflowNotFound",
    says: /Did you mean hello\?/,
  },
  {
    name: "a workflow that is a path to nowhere",
    argv: ["run", "../x"],
    exitCode: 1,
    code: "WorkflowNotFound",
    says: /no workflow\.yaml in \.\.\/x/,
  },
  {
    name: "an input that is not JSON",
    argv: ["run", "hello", "--input", "-"],
    stdin: '{\n  "name": Ada\n}',
    exitCode: 1,
    code: "InputNotJson",
    says: /standard input:2:11 is not JSON/,
  },
  {
    name: "an input that breaks the contract",
    argv: ["run", "hello", "--input", "-"],
    stdin: '{"name": 7, "nme": ""}',
    exitCode: 1,
    code: "InputInvalid",
    says: /^(?=[\s\S]*\.name: expected text)(?=[\s\S]*"nme")/,
  },
  {
    name: "an input that is not there",
    argv: ["run", "hello", "--input", "none.json"],
    exitCode: 1,
    code: "InputUnreadable",
    says: /none\.json does not exist/,
  },
  {
    name: "an artifact that is not there",
    argv: ["run", "hello", "--artifact", "name=none.txt"],
    exitCode: 1,
    code: "ArtifactUnreadable",
    says: /none\.txt does not exist/,
  },
  {
    name: "a data folder that is a file",
    given: () => writeFile(at("file"), "x"),
    argv: ["run", "hello", "--data", "file"],
    exitCode: 1,
    code: "DataFolderUnusable",
    says: /file cannot be used/,
  },
  {
    name: "a data folder of a newer version",
    given: async () => {
      await mkdir(at(".espalier"));
      await writeFile(at(".espalier/format"), "99\n");
    },
    argv: ["run", "hello"],
    exitCode: 1,
    code: "DataFolderNewer",
    says: /format 99/,
  },
  {
    name: "a port in use",
    argv: ["dev", "--port", "BUSY"],
    exitCode: 1,
    code: "PortInUse",
    says: /port \d+ .*in use[\s\S]*--port/,
  },
  {
    name: "a folder of functions that is not there",
    argv: ["dev", "--functions", "none"],
    exitCode: 1,
    code: "FolderNotFound",
    says: /no folder none/,
  },
  {
    name: "a run that does not exist",
    given: () => espalier(["run", "hello"], { cwd: project.folder }),
    argv: ["show", "nobody"],
    exitCode: 1,
    code: "RunNotFound",
    says: /"nobody"[\s\S]*espalier runs/,
  },
  {
    name: "an approval that does not exist",
    given: () => espalier(["run", "hello"], { cwd: project.folder }),
    argv: ["decide", "nothing", "--approve", "--as", "a@example.com"],
    exitCode: 1,
    code: "ApprovalNotFound",
    says: /"nothing"/,
  },
  {
    name: "a new folder where something is",
    argv: ["init", "."],
    exitCode: 1,
    code: "FolderNotEmpty",
    says: /nothing was changed/,
  },
  {
    name: "a new folder on the name of a file",
    argv: ["init", "package.json"],
    exitCode: 1,
    code: "FolderNotEmpty",
    says: /package\.json is no folder/,
  },
];

describe("what cannot be done", () => {
  it.each(ACTIONS)("$name: code, words and advice", async (each) => {
    await each.given?.();
    const argv = each.argv.map((word) => (word === "BUSY" ? String(busyPort) : word));
    const options = { cwd: project.folder, stdin: each.stdin ?? "" };
    const before = await filesOfProject();
    const words = await espalier(argv, options);
    expect({ exitCode: words.exitCode, stdout: words.stdout }).toEqual({
      exitCode: each.exitCode,
      stdout: "",
    });
    expect(words.stderr).toMatch(each.says);
    expect(words.stderr).toMatch(/^error: .+\n {2}\S/);
    expect(words.stderr).not.toMatch(/\n {4}at /);
    const { stdout } = await espalier([...argv, "--json"], options);
    expect(JSON.parse(stdout).error).toMatchObject({
      code: each.code,
      hint: expect.any(String),
    });
    expect(await filesOfProject()).toEqual(before);
  });

  it("a new folder beside this one is fine: its name is a path", async () => {
    const made = await espalier(["init", "../neighbour"], { cwd: project.folder });
    expect(made.exitCode).toBe(0);
    const text = await readFile(join(project.parent, "neighbour/package.json"), "utf8");
    expect(JSON.parse(text).name).toBe("neighbour");
    expect((await readdir(project.parent)).sort()).toEqual(["hello", "neighbour"]);
  });
});
