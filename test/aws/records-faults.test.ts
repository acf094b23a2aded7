/** What records on DynamoDB make of busy tables, lost answers, lagging indexes and wrong clocks. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DynamoRecords } from "../../lib/aws/dynamo-records.ts";
import { addApproval, type StoredApproval } from "../../lib/runtime/approval-store.ts";
import { closeApprovalsOfRun } from "../../lib/runtime/approvals.ts";
import { decide } from "../../lib/runtime/decide.ts";
import { deliverPending } from "../../lib/runtime/deliver.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { getRun, listRuns, type RunReport, recordStatus } from "../../lib/runtime/runs.ts";
import { dynamoAt } from "./aws-world.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";
import { type Answer, type FaultyProxy, jsonError, startProxy } from "./faulty-proxy.ts";

const key = { partition: "run#1", sort: "run" };
const clock = { now: () => new Date("2026-11-21T09:00:00Z") };

describe("records on a table", () => {
  let dynalite: Dynalite;
  let proxy: FaultyProxy;
  let records: DynamoRecords;

  beforeAll(async () => {
    dynalite = await startDynalite();
  });
  afterAll(() => dynalite?.close());
  beforeEach(async () => {
    proxy = await startProxy(dynalite.url);
    const table = await dynalite.createTable();
    records = new DynamoRecords({ table, clock, client: dynamoAt(proxy.url) });
  });
  afterEach(() => proxy?.close());

  it("let one of 100 concurrent writers win, and tell the others what stands", async () => {
    const writes = await Promise.allSettled(
      Array.from({ length: 100 }, (_, by) => records.put({ key, data: { by } }, { absent: true })),
    );
    const winners = writes.filter(({ status }) => status === "fulfilled");
    expect(winners).toHaveLength(1);
    const standing = await records.get(key);
    for (const write of writes) {
      if (write.status === "rejected") expect(write.reason).toMatchObject({ standing });
    }
  });

  it("take 100 concurrent writers while every second of them is throttled, some twice", async () => {
    const throttles = ["ProvisionedThroughputExceededException", "ThrottlingException"];
    const times = new Map<string, number>();
    proxy.fault = ({ body }) => {
      const item = /"s(\d+)"/.exec(body.toString())?.[1] ?? "";
      const before = times.get(item) ?? 0;
      const often = Number(item) % 10 === 0 ? 2 : Number(item) % 2;
      times.set(item, before + 1);
      return before < often ? { answer: jsonError(throttles[before] ?? "") } : undefined;
    };
    await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        records.put({ key: { partition: "p", sort: `s${n}` }, data: {} }, { absent: true }),
      ),
    );
    proxy.fault = () => undefined;
    expect((await records.query({ partition: "p", limit: 1000 })).items).toHaveLength(100);
    const calls = [...times.values()].reduce((sum, count) => sum + count, 0);
    expect(calls).toBe(100 + 50 + 2 * 10);
  });

  it("wait a random time between four attempts, and then say what the service said", async () => {
    const arrivals: number[] = [];
    proxy.fault = () => {
      arrivals.push(performance.now());
      return { answer: jsonError("ThrottlingException", "Rate exceeded") };
    };
    const reads = await Promise.allSettled(Array.from({ length: 5 }, () => records.get(key)));
    for (const read of reads) {
      expect(read).toMatchObject({ reason: { name: "ThrottlingException" } });
    }
    expect(arrivals).toHaveLength(5 * 4);
    // Five that are refused at one moment do not come back at one moment.
    const second = arrivals.slice(5, 10);
    expect((second.at(-1) ?? 0) - (second[0] ?? 0)).toBeGreaterThan(20);
  });

  it.each(["PutItem", "DeleteItem"])(
    "know their own %s again when its answer was lost",
    async (operation) => {
      if (operation === "DeleteItem") await records.put({ key, data: {} });
      let lost = 0;
      proxy.fault = (request) =>
        request.operation === operation && lost++ === 0 ? { loseAnswer: true } : undefined;
      if (operation === "PutItem") {
        const written = await records.put({ key, data: { a: 1 } }, { absent: true });
        expect(written).toEqual({ key, data: { a: 1 }, version: 1 });
        expect(await records.get(key)).toEqual(written);
      } else {
        await records.delete(key, { version: 1 });
        expect(await records.get(key)).toBeUndefined();
      }
      expect(lost).toBeGreaterThan(1);
    },
  );

  it("set a wrong clock right from the service's answer", async () => {
    const ahead = Date.now() + 3_600_000;
    let refused = 0;
    proxy.fault = ({ headers }) => {
      const signed = String(headers["x-amz-date"]);
      const at = Date.parse(signed.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"));
      const dated = (answer: Answer): Answer => {
        return { ...answer, headers: { ...answer.headers, date: new Date(ahead).toUTCString() } };
      };
      if (Math.abs(at - ahead) < 300_000) return { rewrite: dated };
      refused += 1;
      return { answer: dated(jsonError("RequestTimeTooSkewed", "skewed", 403)) };
    };
    expect(await records.get(key)).toBeUndefined();
    expect(await records.get(key)).toBeUndefined();
    expect(refused).toBe(1);
  });

  it("page over what DynamoDB cuts at one megabyte, and over what is filtered", async () => {
    const sorts = Array.from({ length: 12 }, (_, n) => `s${String(n).padStart(2, "0")}`);
    for (const [n, sort] of sorts.entries()) {
      const expired = n % 3 === 1 && { expiresAt: clock.now().getTime() / 1000 - 1 };
      const data = { text: "x".repeat(300_000) };
      await records.put({ key: { partition: "p", sort }, data, ...expired });
    }
    const found: string[] = [];
    let after: string | undefined;
    do {
      const page = await records.query({ partition: "p", limit: 5, ...(after && { after }) });
      found.push(...page.items.map((item) => item.key.sort));
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(sorts.filter((_, n) => n % 3 !== 1));
    const queries = proxy.seen.filter(({ operation }) => operation === "Query");
    expect(queries.length).toBeGreaterThan(2);
  });

  it("refuse a page's `next` that is of another query, or endless", async () => {
    for (const sort of ["a1", "a2", "b1"]) {
      await records.put({ key: { partition: "p", sort }, data: {} });
    }
    const { next = "" } = await records.query({ partition: "p", limit: 1 });
    for (const query of [
      { partition: "q", after: next },
      { partition: "p", prefix: "b", after: next },
      { partition: "p", after: "A".repeat(100_000) },
    ]) {
      await expect(records.query(query)).rejects.toThrow(RangeError);
    }
  });

  it("refuse an index that the table does not have", async () => {
    await expect(records.query({ index: "color", partition: "p" })).rejects.toThrow('"color"');
    await expect(records.put({ key, data: {}, indexes: { color: key } })).rejects.toThrow("color");
    expect(await records.get(key)).toBeUndefined();
  });

  describe("whose indexes lag", () => {
    /** From now on, index queries are answered as they were answered before. */
    function freezeIndexes(): void {
      const answers = new Map<string, Answer>();
      proxy.fault = ({ operation, body }) => {
        if (operation !== "Query" || !body.includes('"IndexName"')) return undefined;
        const asked = body.toString();
        const known = answers.get(asked);
        if (known) return { answer: known };
        return {
          rewrite: (answer) => {
            answers.set(asked, answer);
            return answer;
          },
        };
      };
    }

    const heard: Json[] = [];
    const ports = {
      get records() {
        return records;
      },
      clock,
      tokens: {
        succeed: async (_token: string, output: Json) => {
          heard.push(output);
        },
        fail: async () => undefined,
        heartbeat: async () => undefined,
      },
    };
    const approval = {
      id: "0123456789ab",
      run: {
        id: "r",
        workflow: "w",
        version: "1.0.0",
        digest: "",
        environment: "test",
        customer: null,
        principal: "ben@example.com",
        startedAt: "2026-11-21T08:00:00.000Z",
      },
      step: "review",
      iteration: "",
      status: "open",
      policy: {
        approval: "a",
        title: "May it?",
        approvers: ["*"],
        deadline: "1d",
        onExpiry: "reject",
        fourEyes: false,
        reasons: [],
      } as unknown as StoredApproval["policy"],
      evidence: null,
      requestedAt: "2026-11-21T08:00:00.000Z",
      deadline: "2026-11-22T08:00:00.000Z",
      decision: null,
      delivered: false,
      token: "t",
    } satisfies StoredApproval;

    it("leave a decision alone that an index does not show yet", async () => {
      await addApproval(approval, ports);
      freezeIndexes();
      // What the index says now, it says from here on.
      await closeApprovalsOfRun("another", ports);
      await deliverPending(ports);
      await records.query({ index: "run", partition: "run#r", prefix: "approval#" });
      await decide(approval.id, { verdict: "approved", by: "ann@example.com" }, ports);
      await closeApprovalsOfRun("r", ports);
      const { data } = (await records.get({
        partition: `approval#${approval.id}`,
        sort: "approval",
      })) ?? { data: {} };
      expect(data).toMatchObject({ status: "approved", delivered: true });
    });

    it("deliver a decision once that an index still calls undelivered", async () => {
      heard.length = 0;
      const at = "2026-11-21T08:30:00.000Z";
      const decision = { verdict: "approved", by: "ann@example.com", at, reason: null } as const;
      await addApproval({ ...approval, status: "approved", decision }, ports);
      freezeIndexes();
      await deliverPending(ports);
      await deliverPending(ports);
      expect(heard).toHaveLength(1);
    });

    it("find a run by its name at once, and in lists later", async () => {
      const report: RunReport = {
        redrives: 0,
        run: {
          ...approval.run,
          status: "RUNNING",
          endedAt: null,
          error: null,
        },
      };
      freezeIndexes();
      expect(await listRuns({}, ports)).toEqual([]);
      await recordStatus(report, ports);
      expect(await listRuns({}, ports)).toEqual([]);
      expect(await getRun("r", ports)).toEqual(report.run);
      proxy.fault = () => undefined;
      expect(await listRuns({}, ports)).toEqual([report.run]);
    });
  });
});
