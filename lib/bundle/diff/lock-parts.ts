/** The parts that a lock file names: digests, without what they are digests of. */
import type { Lock, LockedComponent } from "../lock/lock.ts";
import { BUNDLE_OWNER, type Part } from "../lock/part.ts";

/** What environments bind belongs to `models.reader (prod)`. */
export function lockParts(lock: Lock): readonly Part[] {
  return [
    ...parts(BUNDLE_OWNER, lock.bundle),
    ...components(lock.components, ""),
    ...Object.entries(lock.bindings).flatMap(([environment, bound]) =>
      components(bound, ` (${environment})`),
    ),
  ];
}

function components(locked: Readonly<Record<string, LockedComponent>>, where: string): Part[] {
  return Object.entries(locked).flatMap(([owner, component]) =>
    parts(`${owner}${where}`, component),
  );
}

function parts(owner: string, { parts, code }: Pick<LockedComponent, "parts" | "code">): Part[] {
  return [
    ...Object.entries(parts).map(([key, digest]) => {
      const [kind = "", ...words] = key.split(" ");
      return kind === "uses"
        ? { owner: words.join(" "), kind: "reference", name: words[0]?.split(".")[1] ?? "", digest }
        : { owner, kind, name: words.join(" "), digest };
    }),
    ...Object.entries(code ?? {}).map(([name, { compiled, own, packages }]) => ({
      owner,
      kind: "code",
      name,
      digest: compiled,
      code: { compiled, own, packages: packages ?? null },
    })),
  ];
}
