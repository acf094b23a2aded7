/** MiniStack, an AWS emulator in Python: installed into the cache folder, started for one test. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { end, type Finished, run, serve } from "./processes.ts";

/** Why there is no emulator here: no fault of what is tested. */
export class NotInstallable extends Error {}

export interface Installed {
  readonly python: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface MiniStackOptions {
  readonly port: number;
  /** Where functions that it runs reach it. */
  readonly reachedBy: string;
  /** Where functions that it runs find packages of npm. */
  readonly registry: string;
  /** File for its output. */
  readonly log: string;
}

export interface MiniStack {
  readonly endpoint: string;
  stop(): Promise<void>;
}

const REQUIREMENTS = join(import.meta.dirname, "requirements.txt");
const PIP = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
const PATIENCE = ["--retries", "1", "--timeout", "20", "--requirement", REQUIREMENTS];

/** Installs it under `cache`, once for each version. Throws `NotInstallable`. */
export async function installMiniStack(cache: string): Promise<Installed> {
  const digest = createHash("sha256").update(readFileSync(REQUIREMENTS)).digest("hex");
  const folder = join(cache, `ministack-${digest.slice(0, 12)}`);
  const packages = join(folder, "packages");
  const inVenv: Installed = { python: join(folder, "venv/bin/python"), env: {} };
  const beside: Installed = { python: "python3", env: { PYTHONPATH: packages } };
  const ready = join(folder, "installed");
  if (existsSync(ready)) return readFileSync(ready, "utf8") === "venv" ? inVenv : beside;

  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const python = (args: readonly string[], program = "python3") =>
    run(program, args, { cwd: folder, env: process.env, limit: 180 });
  const version = await python(["--version"]).catch(() => undefined);
  if (version?.code !== 0) throw new NotInstallable("there is no python3");
  const venv = await python(["-m", "venv", "venv"]);
  // Debian keeps what a venv needs in a package of its own.
  const installed =
    venv.code === 0
      ? await python([...PIP, ...PATIENCE], inVenv.python)
      : await python([...PIP, "--target", packages, ...PATIENCE]);
  if (installed.code !== 0) throw new NotInstallable(`pip: ${lastLine(installed)}`);
  writeFileSync(ready, venv.code === 0 ? "venv" : "packages");
  return venv.code === 0 ? inVenv : beside;
}

/**
 * Starts it on 127.0.0.1, all that it stores lies in memory or in
 * a temporary folder. Not in the repository: it runs functions in CommonJS of its own, which the
 * repository's package.json would make ESM.
 */
export async function startMiniStack(
  { python, env }: Installed,
  { port, reachedBy, registry, log }: MiniStackOptions,
): Promise<MiniStack> {
  const data = mkdtempSync(join(tmpdir(), "espalier-ministack-"));
  const child = serve(python, ["-m", "ministack"], {
    cwd: data,
    env: {
      PATH: process.env.PATH,
      HOME: data,
      TMPDIR: data,
      ...env,
      BIND_HOST: "127.0.0.1",
      // Part of the names of its HTTP APIs, and no URL ends in an address behind a name.
      MINISTACK_HOST: "localhost",
      GATEWAY_PORT: String(port),
      LAMBDA_EXECUTOR: "local",
      AWS_ENDPOINT_URL: reachedBy,
      npm_config_registry: registry,
      npm_config_cache: join(data, "npm"),
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
    log,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const forget = () => rmSync(data, { recursive: true, force: true });
  process.once("exit", forget);
  const stop = async () => {
    await end(child);
    forget();
  };
  for (let tried = 0; tried < 300; tried += 1) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await answers(`${endpoint}/_ministack/health`)) return { endpoint, stop };
    await sleep(200);
  }
  await stop();
  throw new Error(`MiniStack does not start: ${readFileSync(log, "utf8").slice(-2000)}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function lastLine({ code, stdout, stderr }: Finished): string {
  const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return lines.at(-1)?.trim() ?? (code === null ? "took longer than three minutes" : "failed");
}
