/** What a command touches of its process; tests inject their own. */
export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Text of standard input, read to its end; called at most once. */
  readonly stdin: () => Promise<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path that relative paths start from. */
  readonly cwd: string;
  /** How this command is called from this place: `espalier`, `npx espalier`. */
  readonly invokedAs: string;
  /** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
}

export interface Sink {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Columns of the terminal; 80 where there is none. */
  readonly columns: number;
}
