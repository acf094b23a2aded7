import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { COMMANDS } from "../../lib/cli/commands.ts";
import { displayWidth } from "../../lib/cli/text/table.ts";
import { espalier } from "./espalier.ts";

let cwd = "";
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), "espalier-usage-"));
});
afterAll(async () => {
  await rm(cwd, { recursive: true });
});

describe("help", () => {
  it("lists every command when none is given", async () => {
    const { exitCode, stdout, stderr } = await espalier([], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    for (const { name, summary } of COMMANDS) {
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b.*${summary.slice(0, 20)}`, "m"));
    }
  });

  it.each(COMMANDS.map(({ name }) => name))("%s explains itself with an example", async (name) => {
    const { exitCode, stdout, stderr } = await espalier([name, "--help"], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toMatch(new RegExp(`^Usage: espalier ${name}\\b`));
    expect(stdout).toMatch(/Examples:\n {2}# .+\n {2}.*(espalier|npm start)/);
    expect(stdout).toContain("--json");
    for (const line of stdout.split("\n")) {
      expect(displayWidth(line), line).toBeLessThanOrEqual(80);
    }
    expect(await espalier(["help", name], { cwd })).toMatchObject({ exitCode: 0, stdout });
  });

  it("prints the version", async () => {
    const { exitCode, stdout } = await espalier(["--version"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe("wrong usage", () => {
  const table: [string, string[], RegExp][] = [
    ["an unknown command", ["chekc"], /Unknown command 'chekc'\n.*Did you mean check\?/i],
    ["an unknown option", ["runs", "--jsn"], /Unknown option '--jsn'\n.*Did you mean --json\?/i],
    ["a missing argument", ["show"], /Missing required argument 'run'/i],
    ["one argument too many", ["runs", "x"], /Too many arguments/i],
    ["an option without its value", ["runs", "--workflow"], /--workflow <name>.*argument missing/],
    ["a status that does not exist", ["runs", "--status", "done"], /--status.*running, succeeded/],
    ["a limit that is no number", ["runs", "--limit", "x"], /--limit.*whole number from 1 to 1000/],
    ["a workflow that is a path", ["runs", "--workflow", "../x"], /--workflow.*lower-case letters/],
    ["a run's name that is a path", ["run", "hello", "--name", "../x"], /--name.*letters, digits/],
    ["an artifact without a file", ["run", "hello", "--artifact", "sbom"], /expected NAME=FILE/],
    ["no verdict", ["decide", "x", "--as", "a@example.com"], /--approve or --reject is missing/],
    ["both verdicts", ["decide", "x", "--approve", "--reject"], /exclude each other/],
    ["nobody who decides", ["decide", "x", "--approve"], /--as is missing/],
    ["a port that is none", ["dev", "--port", "70000"], /--port.*whole number from 0 to 65535/],
  ];

  it.each(table)("%s is exit code 2, in words", async (_name, argv, message) => {
    const { exitCode, stdout, stderr } = await espalier(argv, { cwd });
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: /);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  it.each(table)("%s is exit code 2, as a document", async (_name, argv, message) => {
    const { exitCode, stdout, stderr } = await espalier([...argv, "--json"], { cwd });
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: "" });
    const { error } = JSON.parse(stdout);
    expect(error.code).toBe("Usage");
    expect(`${error.message}\n${error.hint}`).toMatch(message);
  });

  it("leaves nothing behind", async () => {
    expect(await readdir(cwd)).toEqual([]);
  });

  it("shows a stack trace with --debug only", async () => {
    const { stderr } = await espalier(["show", "--debug"], { cwd });
    expect(stderr).toMatch(/\n {4}at /);
  });
});
