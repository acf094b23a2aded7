import diff from "microdiff";
import type { Json } from "../json.ts";
import type { Difference } from "./evidence.ts";

/** More than anybody reads; the values themselves are there, too. */
const MOST = 1000;

/** What changes from `before` to `after`; lists are compared place by place. At most 1,000. */
export function differences(before: Json, after: Json): readonly Difference[] {
  // In a box, so that values that are no objects are compared as well.
  const found = diff({ value: before }, { value: after }, { cyclesFix: false });
  return found.slice(0, MOST).map((one): Difference => {
    const path = one.path.slice(1);
    switch (one.type) {
      case "CREATE":
        return { path, kind: "added", before: null, after: one.value as Json };
      case "REMOVE":
        return { path, kind: "removed", before: one.oldValue as Json, after: null };
      case "CHANGE":
        return {
          path,
          kind: "changed",
          before: one.oldValue as Json,
          after: one.value as Json,
        };
      default:
        return one satisfies never;
    }
  });
}
