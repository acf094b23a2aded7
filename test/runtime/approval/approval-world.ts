/** A world for the rules of approvals: ports, a clock that is set, tokens that remember, and crashes. */

import { createHash } from "node:crypto";
import { ApprovalPolicy } from "../../../lib/manifest/approval-policy.ts";
import { normaliseEvidence } from "../../../lib/runtime/approval/normalise-evidence.ts";
import type { StoredApproval } from "../../../lib/runtime/approval/stored-approval.ts";
import type { ApprovalCall } from "../../../lib/runtime/call.ts";
import { ConditionFailed, TokenGone } from "../../../lib/runtime/errors.ts";
import type { Json } from "../../../lib/runtime/json.ts";
import type { Artifacts, Ports, RecordItem, Records, Tokens } from "../../../lib/runtime/ports.ts";

export interface World {
  readonly ports: Ports;
  now: Date;
  /** What the run has heard, in order. */
  readonly heard: {
    readonly token: string;
    readonly output?: Json;
    readonly error?: string;
    readonly cause?: string;
  }[];
  /** Tokens of tasks that no longer wait. */
  readonly gone: Set<string>;
}

export function createWorld(): World {
  const world: World = {
    now: new Date("2026-05-04T10:00:00.000Z"),
    heard: [],
    gone: new Set(),
    get ports(): Ports {
      return ports;
    },
  };
  const hear = (token: string, what: { output?: Json; error?: string; cause?: string }): void => {
    if (world.gone.has(token)) throw new TokenGone("the task has ended");
    world.gone.add(token);
    world.heard.push({ token, ...what });
  };
  const tokens: Tokens = {
    succeed: async (token, output) => hear(token, { output }),
    fail: async (token, error, cause) => hear(token, { error, cause }),
    heartbeat: async () => undefined,
  };
  const ports: Ports = {
    records: memoryRecords(),
    artifacts: memoryArtifacts(),
    tokens,
    clock: { now: () => world.now },
  };
  return world;
}

export class Crash extends Error {}

/** The same ports, but the process dies at the `at`-th call (from 1), before or after it took effect. */
export function crashing(ports: Ports, at: number, when: "before" | "after"): Ports {
  let calls = 0;
  let dead = false;
  const guard = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(object, name) {
        const method: unknown = Reflect.get(object, name);
        if (typeof method !== "function") return method;
        return async (...args: unknown[]) => {
          if (dead) throw new Crash();
          calls += 1;
          dead = calls === at;
          if (dead && when === "before") throw new Crash();
          const result: unknown = await Reflect.apply(method, object, args);
          if (dead) throw new Crash();
          return result;
        };
      },
    });
  return { ...ports, records: guard(ports.records), tokens: guard(ports.tokens) };
}

export function approvalCall(
  change: {
    readonly token?: string;
    readonly run?: string;
    readonly step?: string;
    readonly required?: boolean;
    readonly evidence?: Json;
    readonly policy?: { readonly [key: string]: Json };
  } = {},
): ApprovalCall {
  return {
    run: {
      id: change.run ?? "run-1",
      workflow: "license-review",
      version: "1.0.0",
      digest: `sha256:${"a".repeat(64)}`,
      environment: "local",
      customer: null,
      principal: "Requester@Example.com",
      startedAt: "2026-05-04T09:59:00.000Z",
    },
    step: { id: change.step ?? "review", iteration: "", attempt: 0 },
    token: change.token ?? "token-1",
    required: change.required ?? true,
    policy: {
      approval: "exception",
      title: "Allow these licences?",
      approvers: ["ada@example.com", " Grace@Example.com", "requester@example.com"],
      fourEyes: true,
      deadline: "3d",
      onExpiry: "fail",
      reasons: ["reject"],
      ...change.policy,
    },
    evidence: change.evidence ?? { findings: [1, 2] },
  };
}

/** An open approval as the store holds it. */
export function storedApproval(change: Partial<StoredApproval> = {}): StoredApproval {
  const { run, step, policy, token } = approvalCall();
  const requestedAt = "2026-05-04T10:00:00.000Z";
  const approvers = ["ada@example.com", "grace@example.com"];
  return {
    id: "0123456789ab",
    run,
    repairedBy: null,
    step: step.id,
    iteration: "",
    key: "",
    status: "open",
    policy: ApprovalPolicy.parse(policy),
    evidence: normaliseEvidence(null),
    evidenceDigest: `sha256:${"e".repeat(64)}`,
    requestedAt,
    opensAt: requestedAt,
    deadline: "2026-05-07T10:00:00.000Z",
    level: 1,
    levels: 1,
    stage: 0,
    approvers,
    quorum: 1,
    votes: [],
    delegations: [],
    decision: null,
    delivered: false,
    openedAt: null,
    reached: null,
    token,
    attempt: 0,
    stageEndsAt: "2026-05-07T10:00:00.000Z",
    frozen: null,
    classes: {},
    asked: approvers,
    events: 0,
    untold: [],
    unaudited: [],
    ...change,
  };
}

function memoryRecords(): Records {
  const items = new Map<string, RecordItem>();
  const nameOf = (key: RecordItem["key"]): string => JSON.stringify([key.partition, key.sort]);
  return {
    get: async (key) => items.get(nameOf(key)),
    async put(item, condition) {
      const standing = items.get(nameOf(item.key));
      const holds =
        !condition || ("absent" in condition ? !standing : standing?.version === condition.version);
      if (!holds) throw new ConditionFailed("not as expected", standing);
      const written = { ...structuredClone(item), version: (standing?.version ?? 0) + 1 };
      items.set(nameOf(item.key), written);
      return written;
    },
    async delete(key) {
      items.delete(nameOf(key));
    },
    async deleteAll(keys) {
      for (const key of keys) items.delete(nameOf(key));
    },
    async query({ index, partition, prefix = "", order = "ascending", limit = 100, after }) {
      const found = [...items.values()]
        .flatMap((item) => {
          const key = index === undefined ? item.key : item.indexes?.[index];
          return key?.partition === partition && key.sort.startsWith(prefix) ? [{ key, item }] : [];
        })
        .sort((a, b) => (a.key.sort < b.key.sort ? -1 : 1));
      if (order === "descending") found.reverse();
      const from = after === undefined ? 0 : Number(after);
      const page = found.slice(from, from + limit).map(({ item }) => item);
      return from + limit < found.length
        ? { items: page, next: String(from + limit) }
        : { items: page };
    },
  };
}

function memoryArtifacts(): Artifacts {
  const stored = new Map<string, Uint8Array>();
  return {
    async put(body, info) {
      const parts: Uint8Array[] = [];
      if (body instanceof Uint8Array) parts.push(body);
      else for await (const part of body) parts.push(part);
      const bytes = Buffer.concat(parts);
      const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
      stored.set(digest, bytes);
      return { $artifact: digest, bytes: bytes.length, ...info };
    },
    async *open(digest) {
      yield stored.get(digest) ?? new Uint8Array();
    },
    async stat(digest) {
      const bytes = stored.get(digest)?.length;
      return bytes === undefined ? undefined : { bytes };
    },
  };
}
