/** The peers' packages in `bench/node_modules`, installed once for each content of the lock file. */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const BENCH = new URL(".", import.meta.url);
const NATIVE = new URL("node_modules/@langchain/langgraph-checkpoint-sqlite", BENCH);
const STAMP = new URL("node_modules/.espalier-lock-digest", BENCH);

/** Undefined when the packages are there; else why they are not. Never throws: peers may be missing. */
export async function installPeers(note: (text: string) => void): Promise<string | undefined> {
  const digest = createHash("sha256")
    .update(readFileSync(new URL("package-lock.json", BENCH)))
    .update(process.versions.modules)
    .digest("hex");
  if (readStamp() === digest) return undefined;
  note("Installing the peers into bench/node_modules (compiling SQLite takes about a minute) …");
  const failure = await npmCi();
  // npm leaves an optional package away when its build fails; the next run tries again.
  if (failure === undefined && existsSync(NATIVE)) writeFileSync(STAMP, digest);
  return failure;
}

function readStamp(): string | undefined {
  try {
    return readFileSync(STAMP, "utf8");
  } catch {
    return undefined;
  }
}

async function npmCi(): Promise<string | undefined> {
  const child = spawn("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: fileURLToPath(BENCH),
    stdio: ["ignore", "ignore", "pipe"],
    shell: process.platform === "win32",
  });
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  return await new Promise((resolve) => {
    child.once("error", (error) => resolve(`npm cannot be started: ${error.message}`));
    child.once("close", (code) => {
      const [line] = err.split("\n").filter((each) => /^npm (error|ERR!)/.test(each));
      resolve(code === 0 ? undefined : (line ?? `npm ci ended with exit code ${code}`));
    });
  });
}
