import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { localPerson } from "../../../lib/cli/runs/approval-links.ts";
import { openPorts } from "../../../lib/local/ports/index.ts";
import { readLinkKeys } from "../../../lib/local/runtime/link-keys.ts";
import { LocalRuntime } from "../../../lib/local/runtime/local-runtime.ts";
import { EXPORT_COLUMNS } from "../../../lib/pages/approval-export.ts";
import { linkPath } from "../../../lib/runtime/approval/link.ts";
import { approvalState, deploymentOf, until, waiting } from "../../local/runtime-world.ts";
import { espalier } from "../espalier.ts";

const POLICY = {
  quorum: 2,
  approvers: ["ada@example.com", "grace@example.com"],
  delegation: true,
  reasons: { approve: "optional", reject: "required", categories: ["licence", "other"] },
  edit: ["amount"],
};

let folder = "";
let runtime: LocalRuntime;
let run = "";
let id = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-approvals-"));
  runtime = await LocalRuntime.open({ directory: folder });
  const review = approvalState("review", { End: true }, { policy: POLICY });
  const payload = (review.Arguments as { Payload: { evidence: object } }).Payload;
  payload.evidence = { proposal: { amount: 5, to: "b" } };
  await runtime.deploy(deploymentOf({ startAt: "review", states: { review } }));
  const input = { workflow: "sample", input: {}, principal: "bob@example.com", name: "run-1" };
  run = (await runtime.startRun(input)).id;
  id = (await until(runtime, run, waiting)).waitingFor[0] ?? "";
  // People are told, and the audit of that is written, after the request is there.
  await vi.waitFor(async () => expect((await runtime.approval(id)).reached).not.toBeNull());
});
afterEach(async () => {
  await runtime.close();
  await rm(folder, { recursive: true, force: true });
});

const cli = (...argv: string[]) => espalier([...argv, "--data", folder]);
const as = (name: string) => ["--as", `${name}@example.com`];

/** The commands talk to a runtime of another process. */
describe("espalier approvals", () => {
  it("lists what a person is asked, of a workflow, at a level", async () => {
    const lines = async (...options: string[]) => (await cli("approvals", ...options)).stdout;
    for (const options of [
      [],
      ["--mine", "Ada@example.com"],
      ["--workflow", "sample"],
      ["--level", "1"],
    ]) {
      expect(await lines(...options)).toContain(id);
    }
    for (const options of [
      ["--mine", "eve@example.com"],
      ["--workflow", "other"],
      ["--level", "2"],
      ["--overdue"],
    ]) {
      expect(await lines(...options)).toBe("No such approval.\n");
    }
  });

  it("hands a decision on, and takes the votes of a quorum", async () => {
    const handed = await cli(
      "approvals",
      "delegate",
      id,
      ...as("ada"),
      "--to",
      "eve@example.com",
      "--reason",
      "holiday",
    );
    expect(handed).toMatchObject({ exitCode: 0, stderr: "" });
    expect(handed.stdout).toContain("approvers  eve@example.com, grace@example.com");
    const first = await cli("decide", id, "--approve", ...as("eve"));
    expect(first.stdout).toContain("1 of 2 have approved; it waits for the others.");
    const second = await cli("decide", id, "--approve", ...as("grace"), "--detach", "--json");
    expect(JSON.parse(second.stdout)).toMatchObject({
      approval: {
        status: "approved",
        votes: [
          { by: "eve@example.com", onBehalfOf: "ada@example.com" },
          { by: "grace@example.com" },
        ],
        delegations: [{ from: "ada@example.com", to: "eve@example.com", reason: "holiday" }],
        evidenceDigest: expect.stringMatching(/^sha256:/),
      },
    });
  });

  it.each<[string, string[], number, RegExp]>([
    ["by a stranger", ["--approve", ...as("eve")], 1, /not among the approvers/],
    [
      "on other evidence",
      ["--approve", ...as("ada"), "--evidence", "sha256:0"],
      1,
      /something else by now/,
    ],
    ["without a category", ["--reject", ...as("ada"), "--reason", "no"], 1, /wants a category/],
    [
      "under an unknown one",
      ["--reject", ...as("ada"), "--reason", "no", "--category", "mood"],
      1,
      /no category/,
    ],
  ])("refuses a decision %s, and keeps the attempt", async (_, options, exitCode, message) => {
    const refused = await cli("decide", id, ...options);
    expect(refused.exitCode).toBe(exitCode);
    expect(refused.stderr).toMatch(message);
    const { stdout } = await cli("audit", "export", run, "--json");
    const { audit } = JSON.parse(stdout) as { audit: { event: string }[] };
    const events = audit.map(({ event }) => event.replace("approval.", ""));
    expect(events).toEqual(["requested", "notified", "notified", "refused"]);
  });

  it("approves a changed proposal from a file, and nothing else than what may change", async () => {
    const file = join(folder, "edit.json");
    await writeFile(file, '{ "amount": 4, "to": "c" }');
    const refused = await cli("decide", id, "--approve", ...as("ada"), "--edit", file);
    expect(refused.stderr).toContain('"to" may not be changed');
    await writeFile(file, '{ "amount": 4, "to": "b" }');
    await cli("decide", id, "--approve", ...as("ada"), "--edit", file);
    await cli("decide", id, "--approve", ...as("grace"));
    expect(await runtime.run(run)).toMatchObject({ output: { edited: { amount: 4, to: "b" } } });
  });

  it("exports the rows of the queue's page, which a spreadsheet takes for text", async () => {
    await cli(
      "decide",
      id,
      "--reject",
      ...as("ada"),
      "--category",
      "licence",
      "--reason",
      '=1+1, "no"',
    );
    const { stdout } = await cli("approvals", "export", "--csv");
    const [head, row] = stdout.split("\r\n");
    expect(head).toBe(EXPORT_COLUMNS.join(","));
    expect(row).toMatch(new RegExp(`^${id},rejected,sample,[^,]*,run-1,review,`));
    expect(row).toContain(`"'=1+1, ""no"""`);
    expect(JSON.parse((await cli("approvals", "export")).stdout)).toMatchObject({
      approvals: [{ approval: id, status: "rejected", decidedBy: "ada@example.com" }],
    });
  });

  it("ends links that were sent, of one person or of all, and keeps who did so", async () => {
    const ring = await readLinkKeys(folder);
    const open = async (name: string) => {
      const link = linkPath(await runtime.approval(id), name, { ring, now: new Date() });
      return async () => (await fetch(runtime.url + link)).status;
    };
    const ada = await open("ada@example.com");
    const grace = await open("grace@example.com");
    expect([await ada(), await grace()]).toEqual([200, 200]);
    const one = await cli("approvals", "revoke", id, "--of", "Ada@Example.com", "--reason", "lost");
    expect(one.stdout).toContain("The links of Ada@Example.com are revoked");
    expect([await ada(), await grace()]).toEqual([404, 200]);
    await cli("approvals", "revoke", id, ...as("bob"));
    expect(await grace()).toBe(404);
    expect(await (await open("ada@example.com"))()).toBe(200);
    const { stdout } = await cli("audit", "export", run, "--json");
    const { audit } = JSON.parse(stdout) as { audit: { event: string }[] };
    expect(audit.filter(({ event }) => event === "approval.revoked")).toMatchObject([
      { actor: localPerson(), data: { approver: "ada@example.com", reason: "lost" } },
      { actor: "bob@example.com" },
    ]);
    expect((await cli("approvals", "revoke")).exitCode).toBe(2);
    expect((await cli("approvals", "revoke", "nothing")).exitCode).toBe(1);
  });

  it("counts", async () => {
    await cli("decide", id, "--reject", ...as("ada"), "--category", "licence", "--reason", "no");
    const { stdout } = await cli("approvals", "stats");
    expect(stdout).toMatch(/rejected +1/);
    expect(stdout).toMatch(/licence +1/);
    expect(
      JSON.parse((await cli("approvals", "stats", "--since", "2999-01-01", "--json")).stdout),
    ).toMatchObject({
      stats: { requested: 0 },
    });
  });

  it.each<[string[], RegExp]>([
    [["approvals", "burn"], /expected delegate, revoke, export, stats/],
    [["approvals", "delegate"], /Which approval/],
    [["approvals", "delegate", "x", "--as", "a@example.com"], /--to is missing/],
    [["approvals", "export", "x"], /Only delegate and revoke/],
    [["approvals", "--csv"], /--csv belongs to export/],
    [["approvals", "stats", "--since", "soon"], /--since/],
    [["audit", "burn"], /expected export or verify/],
    [["audit", "export"], /Which run/],
    [["audit", "verify"], /Either a run, or --all/],
    [["audit", "verify", "run-1", "--all"], /Either a run, or --all/],
  ])("says what is wrong with %j", async (argv, message) => {
    const { exitCode, stderr } = await cli(...argv);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});

describe("espalier audit", () => {
  it("exports a run's entries, and says that there is no such run", async () => {
    const { stdout } = await cli("audit", "export", run, "--csv");
    expect(stdout.split("\r\n")[1]).toContain("run/run-1,1,");
    const unknown = await cli("audit", "export", "nothing");
    expect([unknown.exitCode, unknown.stderr]).toEqual([1, expect.stringContaining("nothing")]);
  });

  it("verifies, and ends with 1 when an entry was touched", async () => {
    const fine = await cli("audit", "verify", run);
    expect([fine.exitCode, fine.stdout]).toEqual([
      0,
      expect.stringContaining("Untouched: 3 entries"),
    ]);
    expect(fine.stdout).toMatch(/last entry 3, sha256:[0-9a-f]{64}/);
    await runtime.close();
    const { records } = openPorts(join(folder, "store"));
    const key = { partition: "audit#run/run-1", sort: "000000000001" };
    const item = await records.get(key);
    await records.put({ key, data: { ...item?.data, actor: "eve@example.com" } });
    for (const argv of [
      ["audit", "verify", run],
      ["audit", "verify", "--all"],
    ]) {
      const touched = await cli(...argv);
      expect([touched.exitCode, touched.stdout]).toEqual([1, expect.stringContaining("changed")]);
    }
  });
});
