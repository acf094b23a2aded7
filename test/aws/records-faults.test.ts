/** What records on DynamoDB make of busy tables, lost answers, lagging indexes and wrong clocks. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { DynamoRecords } from "../../lib/aws/dynamo-records.ts";
import {
  addApproval,
  approvalsOf,
  changeApproval,
} from "../../lib/runtime/approval/approval-store.ts";
import { decide } from "../../lib/runtime/approval/decide.ts";
import { deliverPending } from "../../lib/runtime/approval/deliver.ts";
import { closeApprovalsOfRun } from "../../lib/runtime/approval/find-approvals.ts";
import type { Json } from "../../lib/runtime/json.ts";
import { getRun, listRuns, type RunReport, recordStatus } from "../../lib/runtime/runs.ts";
import { createWorld, storedApproval } from "../runtime/approval/approval-world.ts";
import { dynamoAt } from "./aws-world.ts";
import { type Dynalite, startDynalite } from "./dynalite.ts";
import { type Answer, type FaultyProxy, jsonError, startProxy } from "./faulty-proxy.ts";

const key = { partition: "run#1", sort: "run" };
const clock = { now: () => new Date("2026-11-21T09:00:00Z") };

const openApproval = storedApproval({
  run: { ...storedApproval().run, id: "r", principal: "ben@example.com" },
  approvers: ["ann@example.com", "eve@example.com"],
  requestedAt: "2026-11-21T08:00:00.000Z",
  deadline: "2026-11-22T08:00:00.000Z",
  stageEndsAt: "2026-11-22T08:00:00.000Z",
});

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

  describe("of which DynamoDB deletes only a part at a time", () => {
    const keys = Array.from({ length: 60 }, (_, n) => ({ partition: "p", sort: `s${n}` }));
    const standing = async () =>
      (await records.query({ partition: "p", limit: 1000 })).items.length;
    const batches = () => proxy.seen.filter(({ operation }) => operation === "BatchWriteItem");
    interface Batch {
      readonly RequestItems: Record<string, unknown[]>;
    }

    /** Does `part` of each batch; the rest comes back as unprocessed. */
    function process(part: (size: number) => number): void {
      proxy.fault = ({ operation, body }) => {
        if (operation !== "BatchWriteItem") return undefined;
        const [[table, requests] = ["", []]] = Object.entries(
          (JSON.parse(body.toString()) as Batch).RequestItems,
        );
        const done = requests.slice(0, part(requests.length));
        const left = requests.slice(done.length);
        const UnprocessedItems = left.length === 0 ? {} : { [table]: left };
        const headers = { "content-type": "application/x-amz-json-1.0" };
        const answer = { status: 200, headers, body: JSON.stringify({ UnprocessedItems }) };
        if (done.length === 0) return { answer };
        const fewer = JSON.stringify({ RequestItems: { [table]: done } });
        return { body: fewer, rewrite: () => answer };
      };
    }

    beforeEach(async () => {
      await Promise.all(keys.map((each) => records.put({ key: each, data: {} })));
    });

    it("all go, in batches of 25, if it does all", async () => {
      await records.deleteAll(keys);
      expect(await standing()).toBe(0);
      expect(batches()).toHaveLength(3);
    });

    it("the rest is sent again until nothing is left, and nothing twice", async () => {
      process((size) => Math.ceil(size / 2));
      await records.deleteAll(keys);
      expect(await standing()).toBe(0);
      const sent = batches().map(
        ({ body }) =>
          Object.values((JSON.parse(body.toString()) as Batch).RequestItems)[0]?.length ?? 0,
      );
      // 25 → 12 → 6 → 3 → 1, twice; and 10 → 5 → 2 → 1.
      expect(sent).toEqual([25, 12, 6, 3, 1, 25, 12, 6, 3, 1, 10, 5, 2, 1]);
    });

    it("comes back at random times, and in the end gives up and says what is left", async () => {
      const arrivals: number[] = [];
      const refuse = () => {
        arrivals.push(performance.now());
        return 0;
      };
      process(refuse);
      const tries = await Promise.allSettled([records.deleteAll(keys), records.deleteAll(keys)]);
      for (const tried of tries) {
        expect(tried).toMatchObject({
          reason: { message: expect.stringMatching(/left 25 .* undone/) },
        });
      }
      expect(arrivals).toHaveLength(2 * 6);
      expect(await standing()).toBe(60);
    }, 60_000);

    it("also while whole calls are throttled", async () => {
      let calls = 0;
      proxy.fault = ({ operation }) =>
        operation === "BatchWriteItem" && calls++ % 2 === 0
          ? { answer: jsonError("ProvisionedThroughputExceededException") }
          : undefined;
      await records.deleteAll(keys);
      expect(await standing()).toBe(0);
    });

    it("an approval that is decided stays decided if what leads to it cannot be removed", async () => {
      proxy.fault = ({ operation }) =>
        operation === "BatchWriteItem" ? { answer: jsonError("AccessDeniedException") } : undefined;
      const ports = { records };
      const { held } = await addApproval(openApproval, ports);
      const { approval } = await changeApproval(held, { status: "approved" }, ports);
      expect(approval.status).toBe("approved");
      const found = [];
      for await (const one of approvalsOf("ann@example.com", ports)) found.push(one);
      expect(found).toEqual([]);
    });
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

  it("whose time is up are gone for a clock that is ahead, and still there for one behind", async () => {
    const table = await dynalite.createTable();
    const at = (minutes: number) => {
      const own = { now: () => new Date(clock.now().getTime() + minutes * 60_000) };
      return new DynamoRecords({ table, clock: own, client: dynamoAt(proxy.url) });
    };
    const [behind, ahead] = [at(-5), at(5)];
    const expiresAt = clock.now().getTime() / 1000;
    await behind.put({ key, data: { by: "behind" }, expiresAt });
    expect(await ahead.get(key)).toBeUndefined();
    await expect(ahead.delete(key, { version: 1 })).rejects.toThrow("nothing");
    await expect(behind.put({ key, data: {} }, { absent: true })).rejects.toThrow("version 1");
    // What one has replaced, the other sees as it is: the clocks decide about the past only.
    await ahead.put({ key, data: { by: "ahead" } }, { absent: true });
    expect((await behind.get(key))?.data).toEqual({ by: "ahead" });
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
      artifacts: createWorld().ports.artifacts,
    };
    const approval = { ...openApproval, approvers: ["*"] };

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
      const by = "ann@example.com";
      const decision = {
        verdict: "approved",
        by,
        at,
        reason: null,
        category: null,
        edited: null,
      } as const;
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
