import { statfsSync } from "node:fs";
import { availableParallelism, cpus, loadavg, tmpdir, totalmem } from "node:os";

/** What the figures depend on, as far as it can be told. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  /** The temporary folder lies in memory, so that an fsync there costs nothing. */
  readonly temporaryFilesInMemory: boolean;
}

/** File system types of Linux (statfs(2)) whose files never reach a disk. */
const TMPFS = 0x01021994;
const RAMFS = 0x858458f6;

export function describeMachine(): Machine {
  return {
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? "unknown processor",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    temporaryFilesInMemory: [TMPFS, RAMFS].includes(statfsSync(tmpdir()).type),
  };
}

/**
 * What else went on, to be asked at the end: processes that ran or waited to run, on average over
 * the last minute, beyond the one or two that a benchmark itself keeps busy. Undefined if little.
 */
export function busyLine({ cores }: Machine): string | undefined {
  const load = loadavg()[0] ?? 0;
  if (load <= Math.max(2, cores)) return undefined;
  return `The machine was busy (load ${load.toFixed(1)} on ${cores} cores): times are too long and rates too low; ratios hold better, as all were measured in turn.`;
}

export function machineLine(machine: Machine): string {
  const { cores, processor, memoryGiB, node, platform } = machine;
  return `${cores} cores (${processor}), ${memoryGiB} GiB, ${platform}, Node ${node}`;
}
