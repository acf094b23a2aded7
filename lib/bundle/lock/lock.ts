/** `bundle.lock.json`: what exactly a bundle is made of, committed beside its manifest. */
import { z } from "zod";
import type { Json } from "../../runtime/json.ts";
import type { Bundle } from "../bundle.ts";
import { kitVersion } from "../kit.ts";
import { bundleParts } from "./bundle-parts.ts";
import { BUNDLE_OWNER, type Part } from "./part.ts";
import { objectOf } from "./part-value.ts";

const Digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const Digests = z.record(z.string(), Digest);

const LockedCode = z.strictObject({
  compiled: Digest,
  own: Digest,
  packages: Digest.exactOptional(),
});

const LockedComponent = z.strictObject({
  component: z.string(),
  version: z.string(),
  source: z.enum(["bundle", "shared"]),
  digest: Digest,
  /** By `KIND NAME`. */
  parts: Digests,
  code: z.record(z.string(), LockedCode).exactOptional(),
  /** What a model is asked with: ids and parameters. */
  model: z.record(z.string(), z.json()).exactOptional(),
  /** Digests that the tools of an MCP server are pinned to. */
  mcp: z.record(z.string(), z.string()).exactOptional(),
});
export type LockedComponent = z.infer<typeof LockedComponent>;

export const Lock = z.strictObject({
  lock: z.literal(1),
  workflow: z.string(),
  version: z.string(),
  /** Version of Espalier that compiled the code. */
  espalier: z.string(),
  bundle: z.strictObject({ parts: Digests, code: z.record(z.string(), LockedCode) }),
  /** What the manifest itself chooses, by `CATEGORY.ALIAS`. */
  components: z.record(z.string(), LockedComponent),
  /** What environments choose, by their names. */
  bindings: z.record(z.string(), z.record(z.string(), LockedComponent)),
});
export type Lock = z.infer<typeof Lock>;

/**
 * The lock of a bundle that was loaded in each environment that matters to it (by name; this machine's
 * first). `espalier` is the kit's version. Throws `RangeError` without any bundle.
 */
export function lockOf(bundles: ReadonlyMap<string, Bundle>, espalier: string): Lock {
  const [first] = bundles.values();
  if (first === undefined) throw new RangeError("A lock is made of at least one bundle.");
  const firstParts = bundleParts(first);
  const bindings: Record<string, Record<string, LockedComponent>> = {};
  for (const [environment, bundle] of bundles) {
    if (![...bundle.components.values()].some(({ bound }) => bound !== null)) continue;
    const parts = bundle === first ? firstParts : bundleParts(bundle);
    bindings[environment] = lockedComponents(bundle, parts, true);
  }
  const own = firstParts.filter(({ owner }) => owner === BUNDLE_OWNER);
  const references = firstParts.filter(({ kind }) => kind === "reference");
  return {
    lock: 1,
    workflow: first.name,
    version: first.manifest.version,
    espalier,
    bundle: {
      parts: {
        ...digestsOf(own),
        ...Object.fromEntries(references.map(({ owner, digest }) => [`uses ${owner}`, digest])),
      },
      code: codeOf(own),
    },
    components: lockedComponents(first, firstParts, false),
    bindings,
  };
}

/** The lock of one bundle as it is in one environment: what its snapshot keeps. */
export function lockText(bundle: Bundle, environment: string): string {
  return renderLock(lockOf(new Map([[environment, bundle]]), kitVersion()));
}

/** The text of a lock file: members sorted, one fact a line, a line break at the end. */
export function renderLock(lock: Lock): string {
  return `${JSON.stringify(sorted(lock), null, 2)}\n`;
}

/** Undefined if the text is no lock of this format. */
export function parseLock(text: string): Lock | undefined {
  try {
    return Lock.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function lockedComponents(
  bundle: Bundle,
  parts: readonly Part[],
  isBound: boolean,
): Record<string, LockedComponent> {
  const locked: Record<string, LockedComponent> = {};
  for (const [key, component] of bundle.components) {
    if ((component.bound !== null) !== isBound) continue;
    const own = parts.filter(({ owner, kind }) => owner === key && kind !== "reference");
    const code = codeOf(own);
    const mcp = own.filter(({ kind }) => kind === "mcp-tool");
    locked[key] = {
      component: component.name,
      version: component.version,
      source: component.source,
      digest: component.digest,
      parts: digestsOf(own),
      ...(Object.keys(code).length > 0 && { code }),
      ...(component.category === "models" && { model: modelOf(own) }),
      ...(mcp.length > 0 && { mcp: Object.fromEntries(mcp.map(pinOf)) }),
    };
  }
  return locked;
}

function digestsOf(parts: readonly Part[]): Record<string, string> {
  return Object.fromEntries(
    parts
      .filter(({ code }) => code === undefined)
      .map(({ kind, name, digest }) => [`${kind} ${name}`, digest]),
  );
}

function codeOf(parts: readonly Part[]): Record<string, z.infer<typeof LockedCode>> {
  return Object.fromEntries(
    parts.flatMap(({ name, code }) => {
      if (code === undefined) return [];
      const { compiled, own, packages } = code;
      return [[name, { compiled, own, ...(packages !== null && { packages }) }]];
    }),
  );
}

/** Of all that `model.yaml` says, what a request is made with. */
const ASKED_WITH = ["ids", "temperature", "topP", "maxOutputTokens", "structuredOutput"];

function modelOf(parts: readonly Part[]): Record<string, Json> {
  const fields = parts.filter(
    ({ kind, name }) =>
      kind === "model" && [...ASKED_WITH, "guardrail", "parameters"].includes(name),
  );
  return Object.fromEntries(fields.map(({ name, value }) => [name, value ?? null]));
}

function pinOf({ name, value }: Part): [string, string] {
  return [name, String(objectOf(value).digest ?? "")];
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((name) => [name, sorted(value[name] ?? null)]),
  );
}
