import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileRecords } from "../../../lib/local/ports/index.ts";
import { memoryRecords } from "../../../lib/local/ports/memory.ts";
import { describeBudget } from "../../contract/describe-budget.ts";

describeBudget("memory", async () => ({ port: memoryRecords() }));

describeBudget("files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "espalier-budget-"));
  return {
    port: new FileRecords(folder),
    close: () => rm(folder, { recursive: true, force: true }),
  };
});
