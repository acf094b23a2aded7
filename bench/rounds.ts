/** Runs the programs of a measure in turn, each time in a new process, and takes medians. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measure, Program } from "./measures.ts";
import { ProgramResult } from "./result.ts";

const BENCH = fileURLToPath(new URL(".", import.meta.url));

/** A program that takes longer than this is ended, in milliseconds. */
const PATIENCE = 10 * 60_000;

export interface Figures {
  /** One a round, in the order in which they were taken. */
  readonly values: readonly number[];
  /** Further figures, by name. */
  readonly parts?: readonly PartFigures[];
  /** Why there are none. */
  readonly unavailable?: string;
}

export interface PartFigures {
  readonly name: string;
  readonly unit: string;
  readonly values: readonly number[];
}

/**
 * The figures of each program of the measure, ours first. One round runs every program once; every
 * second round goes backwards, so that a machine that grows slower (heat, neighbours) treats all
 * alike. A program that cannot run here is not tried again.
 */
export async function runMeasure(
  measure: Measure,
  progress: (program: Program, round: number) => void,
): Promise<Figures[]> {
  const programs = [measure.ours, ...measure.peers];
  const values = programs.map((): number[] => []);
  const parts = programs.map(() => new Map<string, { unit: string; values: number[] }>());
  const reasons = programs.map((): string | undefined => undefined);
  for (let round = 0; round < measure.rounds; round++) {
    const order = programs.map((_, index) => index);
    if (round % 2 === 1) order.reverse();
    for (const index of order) {
      const program = programs[index];
      if (program === undefined || reasons[index] !== undefined) continue;
      progress(program, round + 1);
      const result = await runProgram(program);
      if ("unavailable" in result) reasons[index] = result.unavailable;
      else {
        values[index]?.push(result.value);
        for (const { name, unit, value } of result.parts ?? []) {
          const known = parts[index]?.get(name) ?? { unit, values: [] };
          known.values.push(value);
          parts[index]?.set(name, known);
        }
      }
    }
  }
  return programs.map((_, index) => {
    const unavailable = reasons[index];
    const further = [...(parts[index] ?? [])].map(([name, known]) => ({ name, ...known }));
    return {
      values: values[index] ?? [],
      ...(further.length > 0 && { parts: further }),
      ...(unavailable !== undefined && { unavailable }),
    };
  });
}

async function runProgram({ file, options }: Program): Promise<ProgramResult> {
  const loader = file.endsWith(".ts") ? ["--import", "tsx"] : [];
  const child = spawn(process.execPath, [...loader, file, JSON.stringify(options)], {
    cwd: BENCH,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NODE_NO_WARNINGS: "1" },
    timeout: PATIENCE,
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    err += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return parseLine(out) ?? { unavailable: lastWords(err) ?? `ended with exit code ${code}` };
}

function parseLine(out: string): ProgramResult | undefined {
  const last = out.trim().split("\n").at(-1) ?? "";
  try {
    return ProgramResult.parse(JSON.parse(last));
  } catch {
    return undefined;
  }
}

/** The line of a crash that names the error. */
function lastWords(err: string): string | undefined {
  const lines = err.split("\n").map((line) => line.trim());
  return lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.find((line) => line !== "");
}

/** Middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  return upper === undefined || lower === undefined ? undefined : (upper + lower) / 2;
}
