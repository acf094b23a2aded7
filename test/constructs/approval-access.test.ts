/** What the functions of approvals touch in the table, held against what their roles allow. */
import { describe, expect, it } from "vitest";
import { NotifySettings } from "../../lib/manifest/environment/notify-settings.ts";
import { deskOnPorts } from "../../lib/pages/desk-on-ports.ts";
import { approvalPages } from "../../lib/pages/index.ts";
import { requestApproval } from "../../lib/runtime/approval/request-approval.ts";
import { makeMessenger } from "../../lib/runtime/notify/messenger.ts";
import type { Ports, RecordKey, Records } from "../../lib/runtime/ports.ts";
import { ORIGIN, type PagesWorld, pagesWorld } from "../pages/pages-world.ts";
import { approvalCall } from "../runtime/approval/approval-world.ts";
import { propertiesOf, synthesizePlatform } from "./synthesize.ts";

interface Statement {
  readonly Action: string | readonly string[];
  readonly Condition?: {
    readonly "ForAllValues:StringLike"?: { readonly "dynamodb:LeadingKeys"?: readonly string[] };
  };
}

const NOTIFY = NotifySettings.parse({ email: { from: "approvals@example.com" } });
const template = synthesizePlatform({ notify: NOTIFY });

/** Key prefixes that a role may use an action on. */
function allowed(role: string, action: string): readonly string[] {
  const policies = propertiesOf(template, "AWS::IAM::Policy").filter(({ PolicyName }) =>
    new RegExp(`Functions${role}Role`).test(String(PolicyName)),
  );
  expect(policies).toHaveLength(1);
  const statements = policies.flatMap(
    ({ PolicyDocument }) => (PolicyDocument as { Statement: readonly Statement[] }).Statement,
  );
  return statements
    .filter(({ Action }) => [Action].flat().includes(`dynamodb:${action}`))
    .flatMap(({ Condition }) =>
      (Condition?.["ForAllValues:StringLike"]?.["dynamodb:LeadingKeys"] ?? []).map((pattern) =>
        pattern.replace(/\*$/, ""),
      ),
    );
}

/** Records as DynamoDB would give them to a function with that role. */
function guarded(records: Records, role: string): Records {
  const check = (action: string, keys: readonly Pick<RecordKey, "partition">[]) => {
    for (const { partition } of keys) {
      if (allowed(role, action).some((prefix) => partition.startsWith(prefix))) continue;
      throw new Error(`AccessDenied: ${role} ${action} ${partition}`);
    }
  };
  return {
    async get(key) {
      check("GetItem", [key]);
      return records.get(key);
    },
    async put(item, condition) {
      check("PutItem", [item.key]);
      return records.put(item, condition);
    },
    async delete(key) {
      check("DeleteItem", [key]);
      return records.delete(key);
    },
    async deleteAll(keys) {
      check(keys.length > 1 ? "BatchWriteItem" : "DeleteItem", keys);
      return records.deleteAll(keys);
    },
    async query(query) {
      if (query.index === undefined) check("Query", [query]);
      return records.query(query);
    },
  };
}

/** The two functions on one store, each with what its role allows. */
function functions(world: PagesWorld) {
  const of = (role: string): Ports => ({
    ...world.ports,
    records: guarded(world.ports.records, role),
  });
  const telling = (ports: Ports) => ({
    ...ports,
    messenger: makeMessenger({
      ...ports,
      notifiers: { email: { send: async () => ({ reference: "m-1" }) } },
      link: async () => "https://approvals.example.com/a/x",
      writeLine: () => undefined,
    }),
  });
  const pages = telling(of("Approvals"));
  const desk = deskOnPorts(pages);
  return {
    asking: telling(of("Approval")),
    desk,
    app: approvalPages({ ...world.options, desk, ports: pages }),
  };
}

describe("the roles of the functions behind approvals", () => {
  it("allow all that asking, showing, handing on, escalating and deciding touch", async () => {
    const world = pagesWorld();
    const { asking, desk, app } = functions(world);
    const policy = {
      approvers: ["ada@example.com", "grace@example.com"],
      delegation: true,
      quorum: 1,
      escalation: [{ approvers: ["head@example.com", "deputy@example.com"], within: "1d" }],
    };
    const call = approvalCall({ policy });
    const { id } = await requestApproval({ ...call, stage: 0, key: "" }, asking);
    const open = await desk.approvalFor(id, "ada@example.com");
    expect(open.reached).toEqual({ people: 2, nobody: 0 });
    const path = world.link(open, "ada@example.com");
    const answer = await app.fetch(
      new Request(ORIGIN + path, { headers: { host: new URL(ORIGIN).host } }),
    );
    expect(answer.status).toBe(200);
    expect(world.errors).toEqual([]);
    await desk.delegate(id, { by: "ada@example.com", to: "ben@example.com", reason: null });
    await requestApproval({ ...call, stage: 1, key: "", token: "token-2" }, asking);
    const last = await desk.approvalFor(id, "ada@example.com");
    expect(last.approvers).toEqual(["head@example.com", "deputy@example.com"]);
    await desk.decide(id, {
      verdict: "approved",
      by: "head@example.com",
      evidence: last.evidenceDigest,
      reason: null,
      category: null,
      edited: null,
      signIn: null,
    });
    expect(world.heard).toHaveLength(1);
    // What led to it from those who were asked is gone, too.
    for (const address of [
      ...policy.approvers,
      "ben@example.com",
      "head@example.com",
      "deputy@example.com",
    ]) {
      const { items } = await world.ports.records.query({ partition: `approver#${address}` });
      expect([address, items]).toEqual([address, []]);
    }
  });

  it("let nobody delete what the audit holds", () => {
    for (const role of ["Approval", "Approvals", "Runs"]) {
      for (const action of ["DeleteItem", "BatchWriteItem"]) {
        expect(allowed(role, action).filter((prefix) => prefix.startsWith("aud"))).toEqual([]);
      }
    }
  });
});
