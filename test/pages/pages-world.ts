/** The pages on the real core, with ports in memory: requests to look at, links to them, browsers that keep cookies. */
import { memoryArtifacts, memoryRecords } from "../../lib/local/ports/memory.ts";
import { deskOnPorts } from "../../lib/pages/desk-on-ports.ts";
import { type ApprovalPagesOptions, approvalPages } from "../../lib/pages/index.ts";
import type { Refused } from "../../lib/pages/page-world.ts";
import type { Approval } from "../../lib/runtime/approval/approval.ts";
import { type LinkKey, makeLinkKey, ringOf } from "../../lib/runtime/approval/key-ring.ts";
import { linkPath } from "../../lib/runtime/approval/link.ts";
import { requestApproval } from "../../lib/runtime/approval/request-approval.ts";
import { TokenGone } from "../../lib/runtime/errors.ts";
import type { Json, JsonObject } from "../../lib/runtime/json.ts";
import type { Ports } from "../../lib/runtime/ports.ts";

export const ORIGIN = "https://approvals.example.com";

export const EVIDENCE: JsonObject = {
  proposal: {
    action: "Publish the licence report",
    component: "left-pad-plus 4.2.0",
    decision: "allow",
    note: "Only used while building.",
  },
  before: {
    action: "Publish the licence report",
    component: "left-pad-plus 4.1.3",
    decision: "deny",
  },
  flags: [
    {
      level: "critical",
      text: "The policy denies GPL-3.0-only in shipped code.",
      source: "licences 3.1",
    },
    { level: "info", text: "The same licence was allowed for build tools in March." },
  ],
  risk: { level: "medium", reasons: ["The component is new in this build."] },
  citations: [
    {
      source: "https://example.com/left-pad-plus/LICENSE",
      span: "lines 12 to 19",
      quote: "This program is free software: you can redistribute it and/or modify it.",
    },
  ],
  agent: {
    agent: "investigator",
    reasons:
      "The files that fall under GPL-3.0 are the test runner's. The build removes them: nothing of them is in the package that ships.",
    spend: {
      turns: 4,
      toolCalls: 7,
      inputTokens: 18_240,
      outputTokens: 1_310,
      cost: 74_000,
      currency: "USD",
    },
  },
  subject: "shop 2.18.0",
  packages: Array.from({ length: 12 }, (_, index) => ({
    name: `package-${index}`,
    licence: index % 3 === 0 ? "MIT" : "Apache-2.0",
    files: 10 + index,
  })),
};

export interface PagesWorld {
  readonly ports: Ports;
  readonly options: ApprovalPagesOptions;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly keys: LinkKey[];
  readonly refused: Refused[];
  readonly errors: unknown[];
  /** What runs have heard: `succeed` or `fail`, by token. */
  readonly heard: {
    readonly token: string;
    readonly what: "succeed" | "fail";
    readonly value: Json;
  }[];
  now: Date;
  ask(change?: Asked): Promise<Approval>;
  /** A link as a message would bring it. */
  link(approval: Approval, approver?: string): string;
}

export interface Asked {
  readonly run?: string;
  readonly principal?: string;
  readonly step?: string;
  readonly stage?: number;
  readonly token?: string;
  readonly evidence?: Json;
  readonly policy?: JsonObject;
}

export function pagesWorld(change: Partial<ApprovalPagesOptions> = {}): PagesWorld {
  const heard: PagesWorld["heard"] = [];
  const gone = new Set<string>();
  const answer = (token: string, what: "succeed" | "fail", value: Json) => {
    if (gone.has(token)) throw new TokenGone("The task has ended.");
    gone.add(token);
    heard.push({ token, what, value });
  };
  const clock = { now: () => world.now };
  const ports: Ports = {
    artifacts: memoryArtifacts(),
    records: memoryRecords(clock),
    tokens: {
      succeed: async (token, output) => answer(token, "succeed", output),
      fail: async (token, error, cause) => answer(token, "fail", { error, cause }),
      heartbeat: async () => undefined,
    },
    clock,
  };
  const keys = [makeLinkKey(new Date("2026-01-01T00:00:00.000Z"))];
  const refused: Refused[] = [];
  const errors: unknown[] = [];
  const options: ApprovalPagesOptions = {
    desk: deskOnPorts(ports),
    ports,
    keys: async () => ringOf(keys),
    origins: [ORIGIN],
    clientOf: () => "192.0.2.1",
    onRefused: (each) => refused.push(each),
    onError: (error) => errors.push(error),
    ...change,
  };
  const app = approvalPages(options);
  let asked = 0;
  const world: PagesWorld = {
    ports,
    options,
    keys,
    refused,
    errors,
    heard,
    now: new Date("2026-11-23T09:00:00.000Z"),
    fetch: async (path, init = {}) => {
      const headers = new Headers(init.headers);
      if (!headers.has("host")) headers.set("host", new URL(ORIGIN).host);
      return app.fetch(new Request(ORIGIN + path, { ...init, headers }));
    },
    async ask({ run, principal, step, stage, token, evidence, policy }: Asked = {}) {
      asked += 1;
      return requestApproval(
        {
          run: {
            id: run ?? `license-review-${asked}`,
            workflow: "license-review",
            version: "2.0.0",
            digest: `sha256:${"a".repeat(64)}`,
            environment: "production",
            customer: null,
            principal: principal ?? "build@example.com",
            startedAt: "2026-11-23T08:58:00.000Z",
          },
          step: { id: step ?? "review", iteration: "", attempt: 0 },
          token: token ?? `token-${asked}`,
          key: "",
          stage: stage ?? 0,
          required: true,
          policy: {
            approval: "exception",
            title: "May this build ship with this licence?",
            description: "The policy denies it. Approve if it is acceptable for this build.",
            approvers: ["legal@example.com", "ada@example.com"],
            fourEyes: true,
            delegation: true,
            deadline: "3d",
            onExpiry: "reject",
            reasons: {
              approve: "optional",
              reject: "required",
              categories: ["licence", "security"],
            },
            edit: ["decision", "note"],
            ...policy,
          },
          evidence: evidence ?? EVIDENCE,
        },
        ports,
      );
    },
    link: (approval, approver = "legal@example.com") =>
      linkPath(approval, approver, { ring: ringOf(keys), now: world.now }),
  };
  return world;
}

/** A page that was opened: what its form holds, and the cookie that came with it. */
export interface OpenedPage {
  readonly response: Response;
  readonly text: string;
  readonly cookie: string;
  readonly fields: Record<string, string>;
}

export async function openPage(
  world: PagesWorld,
  path: string,
  init: RequestInit = {},
): Promise<OpenedPage> {
  const response = await world.fetch(path, init);
  const text = await response.text();
  const cookie = response.headers
    .getSetCookie()
    .map((each) => each.split(";")[0] ?? "")
    .join("; ");
  const fields = Object.fromEntries(
    [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)].map((match) => [
      match[1] ?? "",
      match[2] ?? "",
    ]),
  );
  return { response, text, cookie, fields };
}

/** Posts as the browser would from that page; `change` puts in other fields or headers. */
export function postForm(
  world: PagesWorld,
  path: string,
  page: OpenedPage,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return world.fetch(path, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      cookie: page.cookie,
      origin: "null",
      "sec-fetch-site": "same-origin",
      ...headers,
    },
    body: new URLSearchParams({ ...page.fields, ...fields }).toString(),
    redirect: "manual",
  });
}
