/** Which versions a bundle's lock keeps, where newer ones would satisfy too. */
import type { Category } from "../../manifest/components/kinds.ts";
import type { Lock } from "./lock.ts";

/** Which components move to their newest versions: all of them, or those of these names. */
export type Update = "all" | ReadonlySet<string>;

export interface UsedComponent {
  readonly category: Category;
  readonly alias: string;
  /** The component's own. */
  readonly name: string;
  readonly bound: { readonly environment: string } | null;
}

/** The version that is kept; undefined if none is. */
export type LockedVersions = (used: UsedComponent) => string | undefined;

/** `update` names components as `NAME` or `CATEGORY/NAME`. */
export function lockedVersions(lock: Lock | undefined, update?: Update): LockedVersions {
  return ({ category, alias, name, bound }) => {
    if (update === "all" || update?.has(name) || update?.has(`${category}/${name}`)) {
      return undefined;
    }
    const section = bound === null ? lock?.components : lock?.bindings[bound.environment];
    const locked = section?.[`${category}.${alias}`];
    // A binding may have been turned to another component.
    return locked?.component === name ? locked.version : undefined;
  };
}
