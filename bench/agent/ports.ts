/** Where the measured agent keeps its journal: nowhere, in memory, or in files. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPorts, systemClock } from "../../lib/local/ports/index.ts";
import { memoryArtifacts, memoryRecords } from "../../lib/local/ports/memory.ts";
import type { StepPorts } from "../../lib/runtime/invoke-step.ts";
import type { Records } from "../../lib/runtime/ports.ts";

export const JOURNALS = ["none", "memory", "files"] as const;
export type Journal = (typeof JOURNALS)[number];

/**
 * `none` is no way to run agents: entries are made, and thrown away where they would be written, so
 * that what is left is the loop with its checks. `files` is what a run on one machine uses.
 */
export function journalPorts(journal: Journal): { ports(): StepPorts; close(): void } {
  switch (journal) {
    case "none": {
      const ports = { artifacts: memoryArtifacts(), records: forgetful, clock: systemClock };
      return { ports: () => ports, close: () => undefined };
    }
    case "memory":
      // Each run has records of its own: those in memory look at all items to find a few.
      return {
        ports: () => ({
          artifacts: memoryArtifacts(),
          records: memoryRecords(),
          clock: systemClock,
        }),
        close: () => undefined,
      };
    case "files": {
      const folder = mkdtempSync(join(tmpdir(), "espalier-bench-"));
      const ports = { ...openPorts(folder), clock: systemClock };
      return {
        ports: () => ports,
        close: () => rmSync(folder, { recursive: true, force: true }),
      };
    }
    default:
      return journal satisfies never;
  }
}

const forgetful: Records = {
  get: async () => undefined,
  put: async (item) => ({ ...item, version: 1 }),
  delete: async () => undefined,
  deleteAll: async () => undefined,
  query: async () => ({ items: [] }),
};
