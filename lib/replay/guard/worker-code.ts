/** What a thread runs, as JavaScript: built when it is first needed, once a process. */
import { build } from "esbuild";

const made = new Map<string, Promise<URL>>();

/** One module that imports nothing but Node, as a `data:` URL: no file has to be written for it. */
export function workerCode(entry: string): Promise<URL> {
  const code = made.get(entry) ?? buildCode(entry);
  made.set(entry, code);
  return code;
}

async function buildCode(entry: string): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node20",
    sourcemap: false,
    // Libraries in CommonJS ask for Node's own modules by `require`.
    banner: {
      js: 'const require = process.getBuiltinModule("module").createRequire("file:///a");',
    },
  });
  const code = Buffer.from(outputFiles[0]?.contents ?? "").toString("base64");
  return new URL(`data:text/javascript;base64,${code}`);
}
