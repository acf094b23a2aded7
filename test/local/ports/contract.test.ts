import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileArtifacts, FileRecords, systemClock } from "../../../lib/local/ports/index.ts";
import { memoryArtifacts, memoryRecords } from "../../../lib/local/ports/memory.ts";
import { describeArtifacts } from "../../contract/describe-artifacts.ts";
import { describeClock } from "../../contract/describe-clock.ts";
import { describeRecords } from "../../contract/describe-records.ts";

async function onFiles<Port>(make: (folder: string) => Port) {
  const folder = await mkdtemp(join(tmpdir(), "espalier-ports-"));
  const close = () => rm(folder, { recursive: true, force: true });
  return { port: make(join(folder, "not", "made", "yet")), close };
}

describeClock("the machine's", async () => ({ port: systemClock }));
describeArtifacts("files", () => onFiles((folder) => new FileArtifacts(folder)));
describeArtifacts("memory", async () => ({ port: memoryArtifacts() }));
describeRecords("files", (clock) => onFiles((folder) => new FileRecords(folder, clock)));
describeRecords("memory", async (clock) => ({ port: memoryRecords(clock) }));
