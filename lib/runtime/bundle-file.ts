import type { BundleFile } from "./context.ts";
import { StepError } from "./errors.ts";

/** A file of the bundle; read when it is asked for, each time anew. */
export function bundleFile(
  path: string,
  readFile: (path: string) => Promise<Uint8Array | undefined>,
): BundleFile {
  const bytes = async () => {
    if (!isInside(path)) {
      throw new StepError("Step.Failed", `"${path}" does not name a file inside of the bundle.`);
    }
    const body = await readFile(path);
    if (body) return body;
    throw new StepError(
      "Step.Failed",
      `The bundle has no file "${path}". Paths start at the folder of workflow.yaml.`,
    );
  };
  const text = async () => new TextDecoder().decode(await bytes());
  return { bytes, text, json: async () => JSON.parse(await text()) as unknown };
}

/** Relative, with forward slashes, without empty, `.` or `..` parts. */
function isInside(path: string): boolean {
  const isPlain = (part: string) => part !== "" && part !== "." && part !== "..";
  return !/[\\\0]|^[A-Za-z]:/.test(path) && path.split("/").every(isPlain);
}
