/** The ports on files. */
export { systemClock } from "./clock.ts";
export { FileArtifacts } from "./file-artifacts.ts";
export { FileRecords } from "./file-records.ts";
