import { main } from "../../lib/cli/main.ts";
import { type IoOptions, testIo } from "./test-io.ts";

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command line in this process, with streams of its own. */
export async function espalier(argv: readonly string[], options: IoOptions = {}): Promise<Ran> {
  const { io, stdout, stderr } = testIo(options);
  const exitCode = await main(argv, io);
  return { exitCode, stdout: stdout(), stderr: stderr() };
}
