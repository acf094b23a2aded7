import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Invocation } from "../../../lib/cli/command.ts";
import { approvalLinks, linksAt, localPerson } from "../../../lib/cli/runs/approval-links.ts";
import { readLinkKeys } from "../../../lib/local/runtime/link-keys.ts";
import { writeRuntimeFile } from "../../../lib/local/runtime/runtime-file.ts";
import { readEntry } from "../../../lib/pages/session.ts";
import { verifyLink } from "../../../lib/runtime/approval/link.ts";
import { storedApproval } from "../../runtime/approval/approval-world.ts";

const URL_THERE = "http://127.0.0.1:4747";

async function dataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "espalier-links-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

describe("links at the command line", () => {
  it("open a request as each of its approvers, and the queue", async () => {
    const dataDir = await dataFolder();
    const links = await linksAt(URL_THERE, dataDir);
    const signing = { ring: await readLinkKeys(dataDir), now: new Date() };
    const approval = storedApproval({ approvers: ["ada@example.com", "*"], deadline: null });
    const found = links.of(approval).map(({ approver, url }) => {
      expect(url.startsWith(`${URL_THERE}/a/`)).toBe(true);
      return [approver, verifyLink(url.slice(`${URL_THERE}/a/`.length), signing)];
    });
    expect(found).toEqual(
      ["ada@example.com", localPerson()].map((approver) => [
        approver,
        expect.objectContaining({
          link: expect.objectContaining({ approver, request: approval.id, level: 1 }),
        }),
      ]),
    );
    expect(readEntry(links.queue.slice(`${URL_THERE}/in/`.length), signing)).toEqual({
      email: localPerson(),
      subject: null,
      seesAll: true,
    });
  });

  it.each([
    ["nobody serves the folder", undefined, undefined],
    ["this process serves it, and is about to end", process.pid, undefined],
    ["the runs are on AWS", process.pid + 1, {}],
  ])("are none where %s", async (_name, pid, aws) => {
    const dataDir = await dataFolder();
    const startedAt = new Date().toISOString();
    if (pid !== undefined) {
      await writeRuntimeFile(dataDir, { pid, url: URL_THERE, token: "t", startedAt });
    }
    const invocation = { dataDir, aws } as unknown as Invocation;
    expect(await approvalLinks(invocation)).toBeUndefined();
  });

  it("are there while another process serves the folder", async () => {
    const dataDir = await dataFolder();
    const file = { pid: process.pid + 1, url: URL_THERE, token: "t", startedAt: "2026-01-01" };
    await writeRuntimeFile(dataDir, file);
    const links = await approvalLinks({ dataDir, aws: undefined } as unknown as Invocation);
    expect(links?.queue).toMatch(/^http:\/\/127\.0\.0\.1:4747\/in\/entry\./);
  });
});
