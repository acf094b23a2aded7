/** Signing in at the address of a local runtime, with an issuer that speaks OpenID Connect. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { checkBundle } from "../../lib/cli/bundles/compile-bundle.ts";
import { localSettings } from "../../lib/cli/runs/local-settings.ts";
import { readLinkKeys } from "../../lib/local/runtime/link-keys.ts";
import { linkPath } from "../../lib/runtime/approval/link.ts";
import { exampleFiles, writeFiles } from "../manifest/example-bundle.ts";
import { type Issuer, startIssuer } from "../pages/issuer.ts";
import {
  approvalState,
  dataFolder,
  deploymentOf,
  ended,
  openRuntime,
  until,
  waiting,
} from "./runtime-world.ts";

const REVIEW = approvalState(
  "review",
  { End: true },
  { approvers: ["legal@example.com"], policy: { signIn: "required" } },
);

async function issuerHere(): Promise<Issuer> {
  const issuer = await startIssuer();
  onTestFinished(() => issuer.close());
  return issuer;
}

/** A run that waits for legal@example.com, in a runtime with the settings of a local.yaml. */
async function waitingRun(local: string) {
  const directory = await dataFolder();
  const environments = join(directory, "bundles", "environments");
  await mkdir(environments, { recursive: true });
  await writeFile(join(environments, "local.yaml"), local);
  const data = join(directory, "data");
  const errors: unknown[] = [];
  const settings = await localSettings(environments);
  const runtime = await openRuntime(data, { ...settings, onError: (error) => errors.push(error) });
  await runtime.deploy(deploymentOf({ startAt: "review", states: { review: REVIEW } }));
  const start = { workflow: "sample", input: {}, principal: "build@example.com" };
  const { id } = await runtime.startRun(start);
  const { waitingFor } = await until(runtime, id, waiting);
  const approval = await runtime.approval(waitingFor[0] ?? "");
  const ring = await readLinkKeys(data);
  const path = linkPath(approval, "legal@example.com", { ring, now: new Date() });
  return { runtime, id, approval, path, errors };
}

/** Keeps cookies as a browser does, and follows no redirect by itself. */
function browser() {
  const jar = new Map<string, string>();
  return async (url: string, init: RequestInit = {}): Promise<Response> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { ...init.headers, cookie },
    });
    for (const set of answer.headers.getSetCookie()) {
      const [name = "", value = ""] = set.split(";")[0]?.split(/=(.*)/) ?? [];
      jar.set(name, value);
    }
    return answer;
  };
}

const to = (answer: Response) => answer.headers.get("location") ?? "";

describe("a policy that demands a sign-in, on one machine", () => {
  it("is decided by whoever has signed in with the issuer of local.yaml", async () => {
    vi.stubEnv("SIGN_IN_SECRET", "of the client");
    onTestFinished(() => void vi.unstubAllEnvs());
    const issuer = await issuerHere();
    const { runtime, id, approval, path } = await waitingRun(
      `notify:\n  signIn: { issuer: "${issuer.url}", clientId: ${issuer.clientId}, clientSecret: { env: SIGN_IN_SECRET } }\n`,
    );
    const open = browser();
    const before = await open(runtime.url + path);
    expect(before.status).toBe(401);
    expect(await before.text()).not.toContain("Go on?");

    const begun = await open(`${runtime.url}${path}/sign-in`);
    expect(to(begun).startsWith(`${issuer.url}/authorize?`)).toBe(true);
    const redirect = new URL(to(begun)).searchParams.get("redirect_uri");
    expect(redirect).toBe(`${runtime.url}/signed-in`);
    const back = await open(to(await open(to(begun))));
    expect([back.status, to(back)]).toEqual([303, path]);
    expect(issuer.used).toHaveLength(1);
    expect(issuer.secrets).toEqual(["of the client"]);

    const page = await (await open(runtime.url + path)).text();
    const hidden = [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].slice(0, 2);
    const body = new URLSearchParams([
      ...hidden.map(([, name = "", value = ""]): [string, string] => [name, value]),
      ["action", "approve"],
    ]);
    const headers = { origin: runtime.url, "sec-fetch-site": "same-origin" };
    const posted = await open(runtime.url + path, { method: "POST", body, headers });
    expect(posted.status).toBe(303);
    expect((await until(runtime, id, ended)).status).toBe("SUCCEEDED");
    expect((await runtime.approval(approval.id)).votes).toMatchObject([
      { by: "legal@example.com", signIn: "legal-1" },
    ]);
  });

  it("is decided by nobody whose cookie is not back, or whose secret is missing, and says whose fault it is", async () => {
    const issuer = await issuerHere();
    const { runtime, path, errors } = await waitingRun(
      `notify:\n  signIn: { issuer: "${issuer.url}", clientId: ${issuer.clientId}, clientSecret: { env: NOT_SET_HERE } }\n`,
    );
    const open = browser();
    const back = to(await open(to(await open(`${runtime.url}${path}/sign-in`))));
    expect((await browser()(back)).status).toBe(403);
    const failed = await open(back);
    expect(failed.status).toBe(500);
    expect(await failed.text()).toContain("The fault is not yours");
    expect(String(errors[0])).toContain("NOT_SET_HERE");
  });

  it("is found by a check while local.yaml names no issuer, and the page says so", async () => {
    const { runtime, path } = await waitingRun("description: nothing of notify\n");
    const page = await fetch(runtime.url + path);
    expect(await page.text()).toContain("notify.signIn");

    const folder = join(await dataFolder(), "bundles", "example");
    const policy =
      "approval: own\ntitle: May it?\napprovers: [ada@example.com]\ndeadline: 1d\nsignIn: required\n";
    const steps = "- id: asked\n  approval: approvals/own.yaml\n";
    writeFiles(folder, exampleFiles({ steps, files: { "approvals/own.yaml": policy } }));
    const { deployment, diagnostics } = await checkBundle(folder, folder);
    expect(deployment).toBeDefined();
    expect(diagnostics).toMatchObject([
      { code: "ESP520", severity: "warning", hint: expect.stringContaining("local.yaml") },
    ]);
  });
});
