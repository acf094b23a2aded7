/** Components of which another version is locked than before. */
import type { Lock, LockedComponent } from "./lock.ts";

export interface MovedVersion {
  /** `CATEGORY.ALIAS`. */
  readonly component: string;
  /** The environment that binds it; null if the manifest says which it is. */
  readonly environment: string | null;
  readonly before: string;
  readonly after: string;
}

/** In the order of environments and names; what is new or gone has not moved. */
export function movedVersions(before: Lock, after: Lock): readonly MovedVersion[] {
  return [
    ...moved(before.components, after.components, null),
    ...Object.keys(after.bindings)
      .sort()
      .flatMap((environment) =>
        moved(before.bindings[environment] ?? {}, after.bindings[environment] ?? {}, environment),
      ),
  ];
}

type Section = Readonly<Record<string, LockedComponent>>;

function moved(before: Section, after: Section, environment: string | null): MovedVersion[] {
  return Object.keys(after)
    .sort()
    .flatMap((component) => {
      const [was, is] = [before[component]?.version, after[component]?.version];
      return was !== undefined && is !== undefined && was !== is
        ? [{ component, environment, before: was, after: is }]
        : [];
    });
}
