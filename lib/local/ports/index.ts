/** The ports on files. */
import { join } from "node:path";
import type { Clock, Ports } from "../../runtime/ports.ts";
import { systemClock } from "./clock.ts";
import { FileArtifacts } from "./file-artifacts.ts";
import { FileRecords } from "./file-records.ts";

export { FileArtifacts, FileRecords, systemClock };

/** Artifacts and records below one folder, which any number of processes and workers may open. */
export function openPorts(
  folder: string,
  clock: Clock = systemClock,
): Pick<Ports, "artifacts" | "records"> {
  return {
    artifacts: new FileArtifacts(join(folder, "artifacts")),
    records: new FileRecords(join(folder, "records"), clock),
  };
}

/** Removes what killed writers have left in the folder. Safe at any time. */
export async function tidyPorts(folder: string): Promise<void> {
  await new FileArtifacts(join(folder, "artifacts")).tidy();
  await new FileRecords(join(folder, "records")).tidy();
}
