/** What the function of a memory step is given beside its code. */
export interface MemoryDocument {
  readonly memory: string;
  readonly version: string;
  readonly operation: "read" | "write" | "forget";
  /** Who shares an entry: all runs of one customer, one principal, one workflow, or just the run. */
  readonly scope: "customer" | "principal" | "workflow" | "run";
  /** Seconds after the last write. */
  readonly retention: number;
  /** Workflows that may do so. */
  readonly readers: readonly string[];
  readonly writers: readonly string[];
  readonly maxBytes: number;
}
