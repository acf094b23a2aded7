import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { espalier } from "../cli/espalier.ts";
import { LAUNCHER, spawnEspalier } from "./project.ts";

const root = resolve(import.meta.dirname, "../..");

/** Lines of the README's sh blocks that change the folder or call `npx espalier`, without comments. */
function readmeCommands(): string[] {
  const text = readFileSync(join(root, "README.md"), "utf8");
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = ""]) => block.replaceAll("\\\n", "").split("\n"))
    .map((line) => line.replace(/(^|\s)#\s.*$/, "").trim())
    .filter((line) => /^cd /.test(line) || /\bnpx espalier\b/.test(line));
}

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "espalier-readme-"));
  for (const name of ["bundles", "node_modules", "package.json", "package-lock.json"]) {
    symlinkSync(join(root, name), join(scratch, name));
  }
  // `npx espalier` without npm, which would take a second for each.
  mkdirSync(join(scratch, ".bin"));
  const shim = `#!/bin/sh\nshift\nexec "${process.execPath}" "${LAUNCHER}" "$@"\n`;
  writeFileSync(join(scratch, ".bin/npx"), shim, { mode: 0o755 });
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

/** `RUN` and `APPROVAL` stand for ids that only a run can tell. */
async function fillIn(line: string, cwd: string): Promise<string> {
  const ask = async (command: string) =>
    JSON.parse((await espalier([command, "--json"], { cwd })).stdout);
  const run = /\bRUN\b/.test(line) ? (await ask("runs")).runs[0]?.id : "";
  const approval = /\bAPPROVAL\b/.test(line) ? (await ask("approvals")).approvals[0]?.id : "";
  return line.replace(/\bRUN\b/g, run).replace(/\bAPPROVAL\b/g, approval);
}

describe("the README", () => {
  it("shows commands that work, in their order", async () => {
    const commands = readmeCommands();
    expect(commands.some((line) => line.includes("npx espalier"))).toBe(true);
    let cwd = scratch;
    for (const command of commands) {
      if (command.startsWith("cd ")) {
        cwd = resolve(cwd, command.slice(3));
        continue;
      }
      if (/npx espalier dev\b/.test(command)) {
        const dev = spawnEspalier(["dev", "--port", "0"], { cwd });
        await dev.until(/Ready at/);
        expect(await dev.kill("SIGTERM"), dev.stderr()).toBe(0);
        continue;
      }
      const line = await fillIn(command, cwd);
      const ran = spawnSync("bash", ["-c", line], {
        cwd,
        encoding: "utf8",
        env: { ...process.env, PATH: `${join(scratch, ".bin")}:${process.env.PATH}` },
      });
      expect(ran.status, `${line}\n${ran.stdout}\n${ran.stderr}`).toBe(0);
    }
  }, 240_000);
});
