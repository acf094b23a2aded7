/** What is stored of a run, here or where it is deployed, as `explainRun` takes it. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Plan } from "../../compiler/plan.ts";
import type { StoredFacts } from "../../replay/explain-run.ts";
import type { ExplainedBundle } from "../../replay/explained-parts.ts";
import type { Approval } from "../../runtime/approval/approval.ts";
import type { RunInput } from "../../runtime/call.ts";
import type { Control, RunRecord } from "../../runtime/control.ts";
import type { DeployedControl } from "../../runtime/kept-files.ts";
import { PULLED_FILE, Pulled } from "../../runtime/pulled-run.ts";
import { PLAN_FILE, SNAPSHOT_FILES } from "../../runtime/run-snapshot.ts";
import { Failure } from "../failure.ts";
import { bytesOf, openRemoteBundle, snapshotFailures } from "../pull/pull-bundle.ts";

/** Where facts are looked for. */
export interface FactPlace {
  readonly control: Control;
  readonly dataDir: string;
  /** Absent: on this machine. */
  readonly deployed?: DeployedControl | undefined;
}

type Known = Omit<StoredFacts, "test" | "against">;

/**
 * Of a run that has ended, what is kept of it, where data classes are masked; of one that has not, what
 * stands there now. Throws `Failure`: `BundleNotKept`, `BundleCorrupt`, `RunCorrupt`.
 */
export async function storedFacts(run: RunRecord, place: FactPlace): Promise<Known> {
  const kept = run.status === "RUNNING" ? undefined : await keptOf(run.id, place);
  const pulled = place.deployed ? undefined : await pulledFrom(run.id, place);
  const { config, run: asked } = kept ? kept.envelope : await envelopeOf(run.id, place.control);
  return {
    run,
    bundle: await bundleOf(run, kept?.plan, place),
    config: config ?? {},
    repair: asked?.repair ?? null,
    approvals: kept ? kept.approvals : await place.control.approvals({ run: run.id }),
    audit: pulled ? pulled.audit : await place.control.verifyAudit(run.id),
    pulled: pulled ?? null,
  };
}

interface Kept {
  readonly approvals: readonly Approval[];
  readonly envelope: Partial<RunInput>;
  /** Digest of its plan, where the run says. */
  readonly plan: string | undefined;
}

/** Undefined where it is not kept, or by a version that wrote less. */
async function keptOf(run: string, place: FactPlace): Promise<Kept | undefined> {
  const { RunListing } = await import("../../replay/recorded-run.ts");
  const { sha256 } = await import("../../bundle/digest.ts");
  const listed = await fileOf(run, SNAPSHOT_FILES.run, place);
  const listing = listed && RunListing.safeParse(JSON.parse(listed.toString())).data;
  if (listing === undefined) return undefined;
  const json = async (file: string): Promise<unknown> => {
    const body = await fileOf(run, file, place);
    if (body !== undefined && sha256(body) === listing.files[file]?.digest) {
      return JSON.parse(body.toString());
    }
    throw new Failure("RunCorrupt", `What is kept of the run ${run} was changed: ${file}`, {
      hint: "It is no longer what was written when the run ended: nothing is explained from it.",
    });
  };
  return {
    approvals: (await json(SNAPSHOT_FILES.approvals)) as readonly Approval[],
    envelope: ((await json(SNAPSHOT_FILES.input)) ?? {}) as Partial<RunInput>,
    plan: listing.plan,
  };
}

async function pulledFrom(run: string, place: FactPlace): Promise<Pulled | undefined> {
  const body = await fileOf(run, PULLED_FILE, place);
  return body && Pulled.parse(JSON.parse(body.toString()));
}

async function fileOf(
  run: string,
  file: string,
  { dataDir, deployed }: FactPlace,
): Promise<Buffer | undefined> {
  if (deployed) return bytesOf(await deployed.kept.runFile(run, file));
  return readFile(join(dataDir, "runs", run, file)).catch(() => undefined);
}

async function bundleOf(
  { id, digest }: RunRecord,
  plan: string | undefined,
  place: FactPlace,
): Promise<ExplainedBundle> {
  const { codeDigests } = await import("../../bundle/bundle-files.ts");
  if (place.deployed) {
    const remote = await openRemoteBundle(place.deployed.kept, digest, plan);
    const files = new Map([...remote.files].map(([path, listed]) => [path, listed.digest]));
    return { plan: remote.plan, code: codeDigests(remote.files), files };
  }
  const { readSnapshot } = await import("../../bundle/snapshot.ts");
  const { sha256 } = await import("../../bundle/digest.ts");
  const { openBundleSnapshot } = await import("../../replay/bundle-snapshot.ts");
  const store = join(place.dataDir, "bundles");
  const files = await snapshotFailures(() => readSnapshot(store, digest));
  const bundle = await openBundleSnapshot(store, digest);
  const own = await fileOf(id, PLAN_FILE, place);
  const entries = bundle.plan.functions.flatMap((each) => ("entry" in each ? [each.entry] : []));
  const code = new Map<string, string>();
  for (const entry of new Set(entries)) {
    code.set(entry, sha256(await readFile(bundle.codeOf(entry))));
  }
  return {
    plan: own ? (JSON.parse(own.toString()) as Plan) : bundle.plan,
    code,
    files: new Map([...files].map(([path, bytes]) => [path, sha256(bytes)])),
  };
}

/** What the execution was started with; its other steps cannot change it. */
async function envelopeOf(run: string, control: Control): Promise<Partial<RunInput>> {
  for await (const event of control.history(run)) {
    const { executionStartedEventDetails: details } = event as {
      readonly executionStartedEventDetails?: { readonly input?: unknown };
    };
    if (typeof details?.input === "string") return JSON.parse(details.input) as Partial<RunInput>;
  }
  return {};
}
