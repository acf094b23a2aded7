/** Brings a bundle from where it is deployed into the data folder's bundles. */
import { join } from "node:path";
import type { Listed } from "../../bundle/digest.ts";
import type { BundleContent } from "../../bundle/index.ts";
import type { Plan } from "../../compiler/plan.ts";
import type { KeptFiles } from "../../runtime/kept-files.ts";
import { Failure } from "../failure.ts";

export interface PulledBundle {
  /** As it was deployed; its text has the digest by which the run names it. */
  readonly plan: Plan;
  readonly planText: Uint8Array;
  /** False: it was here already. */
  readonly isNew: boolean;
}

/** A bundle that is deployed somewhere, proven by its digest; its files are read when they are asked for. */
export interface RemoteBundle {
  readonly digest: string;
  readonly plan: Plan;
  readonly planText: Uint8Array;
  /** Text of the lock that it was deployed with; undefined: by an earlier version. */
  lock(): Promise<string | undefined>;
  /** What its files are (`lib/bundle/bundle-files.ts`). */
  readonly files: ReadonlyMap<string, Listed>;
  content(): Promise<BundleContent>;
}

/** `plan`: digest of the one that a run names. Throws `Failure` `BundleNotKept`, `BundleCorrupt`. */
export async function openRemoteBundle(
  kept: KeptFiles,
  digest: string,
  plan: string | undefined,
): Promise<RemoteBundle> {
  const { openDeployedBundle } = await import("../../bundle/deployed-bundle.ts");
  const read = async (path: string) => bytesOf(await kept.bundleFile(digest, path));
  return snapshotFailures(async () => {
    const bundle = await openDeployedBundle(digest, {
      listing: () => read("snapshot.json"),
      blob: async (file) => bytesOf(await kept.bundleBlob(file)),
    });
    const { path, text: planText } = await planOf(kept, digest, plan);
    return {
      ...{ digest, files: bundle.files, planText },
      plan: JSON.parse(Buffer.from(planText).toString()) as Plan,
      content: () => snapshotFailures(() => bundle.content()),
      lock: async () => (await read(path.replace(/json$/, "lock.json")))?.toString(),
    };
  });
}

/** A bundle that is here already, and whole, is left as it is. Throws `Failure`, as `openRemoteBundle`. */
export async function pullBundle(
  kept: KeptFiles,
  digest: string,
  plan: string | undefined,
  dataDir: string,
): Promise<PulledBundle> {
  const remote = await openRemoteBundle(kept, digest, plan);
  const { BundleStore } = await import("../../local/runtime/bundle-store.ts");
  const { filesOfManifest } = await import("../../bundle/deployed-bundle.ts");
  const store = new BundleStore(join(dataDir, "bundles"));
  const isHere = (await snapshotFailures(() => store.load(digest))) !== undefined;
  if (!isHere) {
    const content = await remote.content();
    const lock = await remote.lock();
    const isComponent = (path: string) => path.startsWith("components/");
    const sources = [...content.sources];
    await store.save({
      ...{ digest, plan: remote.plan, code: content.code, files: filesOfManifest(content) },
      ...(lock !== undefined && { lock: () => lock }),
      components: new Map(sources.filter(([path]) => isComponent(path))),
      sources: new Map(sources.filter(([path]) => !isComponent(path))),
    });
  }
  return { plan: remote.plan, planText: remote.planText, isNew: !isHere };
}

/** Without a name any will do: those of one bundle differ in the kit that made them, and whom they ask. */
async function planOf(
  kept: KeptFiles,
  digest: string,
  named: string | undefined,
): Promise<{ readonly path: string; readonly text: Uint8Array }> {
  const { sha256 } = await import("../../bundle/digest.ts");
  const { SnapshotError } = await import("../../bundle/snapshot.ts");
  const plan = named ?? (await kept.plans(digest))[0];
  const path = `plans/${(plan ?? "").slice("sha256:".length)}.json`;
  const text = plan === undefined ? undefined : await bytesOf(await kept.bundleFile(digest, path));
  if (text === undefined) {
    throw new SnapshotError("missing", `There is no plan of the bundle ${digest}.`);
  }
  if (sha256(text) === plan) return { path, text };
  throw new SnapshotError("corrupt", `The plan ${path} of the bundle ${digest} was changed.`);
}

/** Tells a snapshot that is missing, or was changed, as a `Failure`: `BundleNotKept`, `BundleCorrupt`. */
export async function snapshotFailures<T>(work: () => Promise<T>): Promise<T> {
  const { SnapshotError } = await import("../../bundle/snapshot.ts");
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    const message = error.message.replace(/\.$/, "");
    throw error.reason === "missing"
      ? new Failure("BundleNotKept", message, {
          hint: "A bundle is kept when it is deployed, or first run: look at --environment, and at --data.",
          cause: error,
        })
      : new Failure("BundleCorrupt", message, {
          hint: "Find out who wrote there. A copy that was changed here may be deleted and pulled again.",
          cause: error,
        });
  }
}

export async function bytesOf(
  stream: AsyncIterable<Uint8Array> | undefined,
): Promise<Buffer | undefined> {
  if (stream === undefined) return undefined;
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
