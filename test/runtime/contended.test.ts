import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileRecords } from "../../lib/local/ports/index.ts";
import { describeContended } from "../contract/describe-contended.ts";
import { describeDecisions } from "../contract/describe-decisions.ts";

const makeFiles = async () => {
  const folder = await mkdtemp(join(tmpdir(), "espalier-contended-"));
  return {
    port: new FileRecords(folder),
    close: () => rm(folder, { recursive: true, force: true }),
  };
};

describeContended("files", makeFiles);
describeDecisions("files", makeFiles);
