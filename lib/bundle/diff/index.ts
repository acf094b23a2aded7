export type { Change } from "./change.ts";
export { diffParts, KIT_OWNER } from "./diff-parts.ts";
export { lockParts } from "./lock-parts.ts";
export { type SchemaChange, schemaChanges } from "./schema-changes.ts";
