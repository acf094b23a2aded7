import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ToolsetFile } from "../../../lib/manifest/components/toolset-file.ts";
import type { JsonObject } from "../../../lib/runtime/json.ts";
import { mcpContractDigest } from "../../../lib/runtime/mcp/mcp-contract.ts";
import { type HttpMcpServer, READ_FILE, startHttpServer } from "../../runtime/mcp/http-server.ts";
import { espalier } from "../espalier.ts";

const LIST_FILES: Tool = {
  name: "list_files",
  description: "Lists files:\n\tone a line. # not a comment",
  inputSchema: { type: "object", properties: {} },
};
const SCRIPT = new URL("../../runtime/mcp/stdio-server.mjs", import.meta.url).pathname;

let folder = "";
let server: HttpMcpServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-toolset-"));
  server = await startHttpServer();
  server.tools = [READ_FILE, LIST_FILES];
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const file = () => join(folder, "toolset.yaml");
const text = () => readFile(file(), "utf8");
const write = (body: string) => writeFile(file(), body);
const head = () => `# Files of packages.\nmcp:\n  server: {url: ${server.url}} # ours\n`;
const pin = (...options: string[]) =>
  espalier(["toolset", "pin", ".", ...options], { cwd: folder, env: { KEY: "sk-123" } });
const tools = async () => parse(await text()).mcp.tools;
const contractOf = ({ name, description = "", inputSchema }: Tool) => {
  const input = inputSchema as unknown as JsonObject;
  return { description, input, digest: mcpContractDigest({ name, description, input }) };
};

describe("espalier toolset pin", () => {
  it("pins all tools at first, so that the file is a toolset", async () => {
    await write(head());
    const ran = await pin();
    expect(ran).toMatchObject({ exitCode: 0, stderr: "" });
    expect(ran.stdout).toContain("added    read_file\nadded    list_files\n");
    expect(ran.stdout).toContain("Wrote toolset.yaml");
    expect(await tools()).toEqual({
      read_file: { ...contractOf(READ_FILE), effect: "write" },
      list_files: { ...contractOf(LIST_FILES), effect: "write" },
    });
    expect(ToolsetFile.safeParse(parse(await text()))).toMatchObject({ success: true });
    expect(await text()).toMatch(/^# Files of packages\.\nmcp:\n {2}server: \{url: \S+\} # ours\n/);
    expect(await readdir(folder)).toEqual(["toolset.yaml"]);
  });

  it("has nothing to do where nothing has changed", async () => {
    await write(head());
    await pin();
    const before = await text();
    const again = await pin();
    expect(again.stdout).toBe("toolset.yaml is up to date.\n");
    expect(await text()).toBe(before);
    expect((await pin("--check")).exitCode).toBe(0);
  });

  it("says what has changed, in words, and keeps the rest of the file", async () => {
    await write(head());
    await pin();
    const edited = (await text()).replace(
      "effect: write",
      "effect: read # it only looks\n      timeout: 5s\n      # customers' names\n      redact: [path]",
    );
    await write(edited);
    server.tools = [
      {
        name: "read_file",
        description: "Reads any file.",
        inputSchema: {
          type: "object",
          properties: {
            path: { type: "array", items: { type: "string" } },
            from: { type: "integer" },
            token: { type: "string" },
          },
          required: ["token"],
        },
      },
    ];
    const ran = await pin();
    expect(ran.stdout.split("\n")).toEqual([
      "removed  list_files",
      "changed  read_file",
      '  description: "Reads a file of the package." → "Reads any file."',
      '  argument path: type "string" → "array"',
      '  argument path: items (none) → {"type":"string"}',
      '  argument from is new: {"type":"integer"}',
      '  argument token is new, and required: {"type":"string"}',
      "  argument path is no longer required",
      "Wrote toolset.yaml.",
      "",
    ]);
    expect(await text()).toContain(
      "effect: read # it only looks\n      timeout: 5s\n      # customers' names\n      redact: [path]",
    );
    expect(await tools()).toEqual({
      read_file: {
        ...contractOf(server.tools[0] as Tool),
        effect: "read",
        timeout: "5s",
        redact: ["path"],
      },
    });
  });

  it("only looks with --check", async () => {
    await write(head());
    await pin();
    const before = await text();
    server.tools = [{ ...READ_FILE, description: "Else." }, LIST_FILES];
    const ran = await pin("--check");
    expect(ran.exitCode).toBe(1);
    expect(ran.stdout).toContain("changed  read_file");
    expect(ran.stdout).toContain("toolset.yaml is not up to date.");
    expect(await text()).toBe(before);
  });

  it("leaves tools alone that nobody has asked for", async () => {
    await write(`${head()}  tools:\n    read_file: {effect: read}\n`);
    const ran = await pin();
    expect(ran.stdout).toContain("changed  read_file\n  pinned for the first time\n");
    expect(ran.stdout).toContain("Offered, and not pinned: list_files");
    expect(await tools()).toEqual({ read_file: { ...contractOf(READ_FILE), effect: "read" } });
    await pin("--tool", "list_files");
    expect(Object.keys(await tools())).toEqual(["read_file", "list_files"]);
    server.tools.push({ ...READ_FILE, name: "third" });
    await pin("--all");
    expect(Object.keys(await tools())).toEqual(["read_file", "list_files", "third"]);
  });

  it("finds out who has edited a pin by hand", async () => {
    await write(head());
    await pin();
    await write((await text()).replace("Reads a file of the package.", "Reads it."));
    expect((await pin()).stdout).toContain(
      'description: "Reads it." → "Reads a file of the package."',
    );
  });

  it("does not pin what no agent could use", async () => {
    server.tools = [
      READ_FILE,
      { ...READ_FILE, name: "submit" },
      { ...READ_FILE, name: "a/b" },
      { name: "silent", inputSchema: { type: "object" } },
      { ...READ_FILE, name: "twice" },
      { ...READ_FILE, name: "twice" },
    ];
    await write(head());
    const ran = await pin();
    expect(Object.keys(await tools())).toEqual(["read_file"]);
    expect(ran.stderr).toContain("submit is not pinned: no tool may have this name");
    expect(ran.stderr).toContain("a/b is not pinned");
    expect(ran.stderr).toContain("silent is not pinned: it has no description");
    expect(ran.stderr).toContain("twice is not pinned: it is offered twice");
  });

  it("lets no words of a server act on the terminal, or get out of their place in the file", async () => {
    const evil = "x\u001b[2J\n  server: {url: http://evil.example}\n'\"#: {% $run %}";
    server.tools = [{ ...READ_FILE, description: evil }];
    await write(
      `${head()}  tools:\n    read_file: {effect: read, description: a, input: {}, digest: b}\n`,
    );
    const ran = await pin();
    expect(ran.stdout).not.toContain("\u001b");
    const { mcp } = parse(await text());
    expect(mcp.server).toEqual({ url: server.url });
    expect(mcp.tools.read_file.description).toBe(evil);
  });

  it("gives a machine one document", async () => {
    await write(head());
    const { stdout } = await pin("--json");
    expect(JSON.parse(stdout)).toEqual({
      toolset: "toolset.yaml",
      added: ["read_file", "list_files"],
      removed: [],
      changed: [],
      others: [],
      refused: [],
      upToDate: false,
    });
  });

  it("asks a server that is a process", async () => {
    const command = JSON.stringify([SCRIPT, "well"]);
    await write(`mcp:\n  server: {command: ${process.execPath}, args: ${command}}\n`);
    expect((await pin()).stdout).toContain("added    read_file");
    expect(await tools()).toEqual({
      read_file: { ...contractOf(READ_FILE), effect: "write" },
    });
  });

  it("sends the key that the file names", async () => {
    await write(`mcp:\n  server: {url: ${server.url}, apiKey: {env: KEY}}\n`);
    await pin();
    expect(server.headers.at(-1)?.authorization).toBe("Bearer sk-123");
  });

  it.each([
    ["no file", undefined, "does not exist"],
    ["no YAML", "mcp: [", "cannot be pinned"],
    ["tools of its own", "tools: {}", "cannot be pinned: mcp"],
    ["no server", "mcp: {server: {url: ftp://x}}", "cannot be pinned: mcp.server"],
    [
      "a process that ends",
      `mcp: {server: {command: ${process.execPath}, args: ${JSON.stringify([SCRIPT, "no start"])}}}`,
      "The server wrote: there is no database",
    ],
    ["a key that is not there", "mcp: {server: {url: URL, apiKey: {env: NONE}}}", "variable NONE"],
  ])("says what is wrong with %s", async (_what, body, message) => {
    if (body !== undefined) await write(body.replace("URL", server.url));
    const ran = await pin();
    expect(ran.exitCode).toBe(1);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toContain("Something went wrong inside");
  });

  it("says which tools there are when asked for another", async () => {
    await write(head());
    const ran = await pin("--tool", "drop");
    expect(ran).toMatchObject({ exitCode: 1 });
    expect(ran.stderr).toContain("offers no tool drop");
    expect(ran.stderr).toContain("It offers read_file, list_files.");
    expect(await text()).toBe(head());
  });
});
