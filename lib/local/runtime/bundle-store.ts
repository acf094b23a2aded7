/** Deployed bundles, kept by digest for as long as a run may need them. */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, normalize, posix, sep } from "node:path";
import type { Plan } from "../../compiler/plan.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { Deployment } from "./deployment.ts";

export interface StoredBundle {
  readonly digest: string;
  readonly plan: Plan;
  /** Where the bundle's `files` lie, by their paths inside the bundle. */
  readonly files: string;
  /** The ESM file of a step's code. */
  codeOf(entry: string): string;
}

export class BundleStore {
  readonly #folder: string;
  readonly #loaded = new Map<string, StoredBundle>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Removes what a process that was killed while it saved has left. Only for the folder's one writer. */
  async tidy(): Promise<void> {
    const names = (await exists(this.#folder)) ? await readdir(this.#folder) : [];
    for (const name of names.filter((name) => name.startsWith("."))) {
      await rm(join(this.#folder, name), { recursive: true, force: true });
    }
  }

  /** Keeps a bundle; a bundle that is kept already is left as it is. */
  async save({ plan, digest, code, files }: Deployment): Promise<StoredBundle> {
    const known = await this.load(digest);
    if (known) return known;
    // Written beside its place and moved there, so that a crash leaves all of it or nothing.
    const draft = join(this.#folder, `.${randomUUID()}`);
    const write = async (path: string, content: string | Uint8Array): Promise<void> => {
      await mkdir(dirname(join(draft, path)), { recursive: true });
      await writeFile(join(draft, path), content);
    };
    try {
      await write("plan.json", `${JSON.stringify(plan, null, 2)}\n`);
      await write("files/.keep", "");
      for (const [entry, { js, map }] of code) {
        await write(codePath(entry), js);
        await write(`${codePath(entry)}.map`, map);
      }
      for (const [path, bytes] of files) await write(join("files", inside(path)), bytes);
      await rename(draft, this.#place(digest)).catch(async (error: unknown) => {
        if (!(await exists(this.#place(digest)))) throw error;
      });
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    const saved = await this.load(digest);
    if (!saved) throw new Error(`The bundle ${digest} was not stored.`);
    return saved;
  }

  async load(digest: string): Promise<StoredBundle | undefined> {
    const loaded = this.#loaded.get(digest);
    if (loaded) return loaded;
    const place = this.#place(digest);
    if (!(await exists(place))) return undefined;
    const plan = JSON.parse(await readFile(join(place, "plan.json"), "utf8")) as Plan;
    const bundle: StoredBundle = {
      digest,
      plan,
      files: join(place, "files"),
      codeOf: (entry) => join(place, codePath(entry)),
    };
    this.#loaded.set(digest, bundle);
    return bundle;
  }

  #place(digest: string): string {
    return join(this.#folder, hexOf(digest));
  }
}

/** The digest without its `sha256:`: a file name, and the qualifier of function ARNs. */
export function hexOf(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new RequestError("NameInvalid", `"${digest}" is no digest.`);
  return hex;
}

/** `code/inventory.ts` → `code/inventory.ts.mjs`: two entries never become one file. */
function codePath(entry: string): string {
  return `${inside(entry)}.mjs`;
}

/** Refuses paths that would lead out of the bundle's folder. */
function inside(path: string): string {
  const plain = normalize(path).split(sep).join(posix.sep);
  if (path === "" || plain.startsWith("..") || plain.startsWith("/") || /^[A-Za-z]:/.test(plain)) {
    throw new RequestError("NameInvalid", `"${path}" is no path inside a bundle.`);
  }
  return plain;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
}
