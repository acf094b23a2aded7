/** A runtime in a process of its own, to be killed: `node --import tsx local-child.ts FOLDER`. */
import { LocalRuntime } from "../../lib/local/runtime/local-runtime.ts";

const [directory = ""] = process.argv.slice(2);
const runtime = await LocalRuntime.open({ directory });
process.stdout.write(`${runtime.url}\n`);
