import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../lib/local/ports/index.ts";
import { appendAudit, readAudit } from "../../lib/runtime/audit.ts";
import type { Records } from "../../lib/runtime/ports.ts";
import { countToolCall } from "../../lib/runtime/rate-limit.ts";
import { findDisabling, flipSwitch, switchStates } from "../../lib/runtime/switch/switch.ts";
import { verifyAudit } from "../../lib/runtime/verify-audit.ts";
import type { Adapter, MakeAdapter } from "./adapter.ts";

/** Items that many functions and people write at once: audit, switch, rates. */
export function describeContended(name: string, make: MakeAdapter<Records>): void {
  describe(`on ${name}, many at once`, () => {
    let adapter: Adapter<Records>;
    beforeEach(async () => {
      adapter = await make();
    });
    afterEach(() => adapter.close?.());
    const ports = () => ({ records: adapter.port, clock: systemClock });
    const times = <T>(count: number, each: (n: number) => Promise<T>) =>
      Promise.all(Array.from({ length: count }, (_, n) => each(n)));

    it("append to an audit stream without a gap, and none is lost", async () => {
      await times(25, (n) =>
        appendAudit("s", { actor: "ada@example.com", event: "test", data: { n } }, ports()),
      );
      const verdict = await verifyAudit("s", ports());
      expect(verdict).toMatchObject({ entries: 25, problems: [], last: { number: 25 } });
      const { entries } = await readAudit("s", ports(), { limit: 1000 });
      expect(new Set(entries.map(({ data }) => data.n)).size).toBe(25);
      await adapter.port.delete({ partition: "audit#s", sort: "000000000025" });
      expect((await verifyAudit("s", ports())).problems).toMatchObject([
        { number: 25, kind: "removed" },
      ]);
    });

    it("flip the switch, and the last entry of the audit stands", async () => {
      await times(10, (n) =>
        flipSwitch(
          { workflow: "w", tool: null, off: n % 2 === 0, by: `p${n}@example.com`, reason: "drill" },
          ports(),
        ),
      );
      const [state] = await switchStates(ports());
      const { entries } = await readAudit("switch", ports(), { order: "descending", limit: 1 });
      expect(state).toMatchObject({ entry: 10, by: entries[0]?.actor });
      const question = { workflow: "w", tool: "send", effect: "send" } as const;
      expect(await findDisabling(question, ports())).toEqual(state?.off ? state : undefined);
      expect(await findDisabling({ ...question, workflow: "other" }, ports())).toBeUndefined();
    });

    it("call a tool as often as its rate says", async () => {
      const ends = await times(25, (n) =>
        countToolCall(
          {
            run: { environment: "test", workflow: "w" },
            tool: { function: "f", name: "t", rate: { calls: 10, seconds: 3600 } },
            id: String(n),
          },
          ports(),
        ).then(
          () => "through",
          (error: Error) => error.name,
        ),
      );
      expect(ends.filter((end) => end === "through")).toHaveLength(10);
      expect(ends.filter((end) => end === "Tool.RateLimited")).toHaveLength(15);
    });
  });
}
