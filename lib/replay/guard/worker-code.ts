/** What the thread of a replay runs, as JavaScript: built when it is first needed, once a process. */
import { join } from "node:path";
import { build } from "esbuild";

let made: Promise<URL> | undefined;

/** One module that imports nothing but Node, as a `data:` URL: no file has to be written for it. */
export function workerCode(): Promise<URL> {
  made ??= buildCode();
  return made;
}

async function buildCode(): Promise<URL> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, "worker.ts")],
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
