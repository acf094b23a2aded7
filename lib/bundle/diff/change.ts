/** One part of a bundle that is not what it was. */
import type { Json } from "../../runtime/json.ts";

export interface Change {
  /** `bundle`, `espalier`, or the component: `toolsets.shop`. */
  readonly owner: string;
  readonly kind: string;
  readonly name: string;
  readonly change: "added" | "removed" | "changed";
  /** Of contracts and pinned tools: whether what fitted before fits still; null if that depends on the side. */
  readonly compatible: boolean | null;
  /** What it means, a line each. */
  readonly says: readonly string[];
  /** Of texts: a unified diff. */
  readonly text: string | null;
  readonly before: Json;
  readonly after: Json;
  /** What comes or goes with it, as `KIND NAME`: files that it alone names. */
  readonly along: readonly string[];
}
