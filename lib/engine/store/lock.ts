/**
 * One process a folder. The lock names its holder by process id and start time, so that a lock
 * whose holder was killed blocks nobody, even if another process has the same id by now.
 */
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { EngineError } from "../errors.ts";

interface Holder {
  readonly pid: number;
  readonly started: string;
}

/** Takes the lock. Throws EngineError `FolderInUse` if a living process has it. */
export function lockFolder(folder: string): () => void {
  const lock = path.join(folder, "lock");
  const mine = path.join(folder, `lock.${process.pid}.${randomUUID()}`);
  const me: Holder = { pid: process.pid, started: startOf(process.pid) ?? "" };
  fs.writeFileSync(mine, JSON.stringify(me));
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        // A link appears with its content or not at all; an empty lock file is never seen.
        fs.linkSync(mine, lock);
        return () => fs.rmSync(lock, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      const holder = readHolder(lock);
      if (holder !== undefined && isAlive(holder)) {
        throw new EngineError(
          "FolderInUse",
          `${folder} is in use by process ${holder.pid}. Stop it, or use another folder.`,
        );
      }
      removeStale(lock, mine);
    }
    throw new EngineError("FolderInUse", `${folder}: its lock keeps changing hands; try again.`);
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

function readHolder(file: string): Holder | undefined {
  try {
    const { pid, started } = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Holder>;
    return typeof pid === "number" && typeof started === "string" ? { pid, started } : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(holder: Holder): boolean {
  return startOf(holder.pid) === holder.started;
}

/** Moves a stale lock out of the way; one that came alive meanwhile is put back. */
function removeStale(lock: string, mine: string): void {
  const aside = `${mine}.stale`;
  try {
    fs.renameSync(lock, aside);
  } catch {
    return;
  }
  const holder = readHolder(aside);
  if (holder !== undefined && isAlive(holder)) {
    try {
      fs.linkSync(aside, lock);
    } catch {}
  }
  fs.rmSync(aside, { force: true });
}

/** When a process started, in whatever terms the system has; undefined if there is none. */
function startOf(pid: number): string | undefined {
  try {
    // Fields after the name in parentheses, which may itself hold anything: state is the 1st.
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    if (fs.existsSync("/proc/self/stat")) return undefined;
  }
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
}
