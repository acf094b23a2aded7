import { describe, expect, it } from "vitest";
import { findApproval } from "../../../lib/cli/runs/find-approval.ts";
import { findRun } from "../../../lib/cli/runs/find-run.ts";
import { detail, openApproval, scriptedControl } from "../fake-run.ts";

const ids = ["hello-01aaa1", "hello-01aab2", "nightly"];
const control = scriptedControl(
  ids.map((id) => ({
    run: detail({ id }),
    events: [],
    approvals: [openApproval({ id: `ap-${id}` })],
  })),
);

describe("a run by a part of its id", () => {
  it.each([
    ["nightly", "nightly"],
    ["night", "nightly"],
    ["hello-01aab", "hello-01aab2"],
    ["01aaa", "hello-01aaa1"],
    ["b2", "hello-01aab2"],
  ])("%s is %s", async (part, id) => {
    expect((await findRun(control, part)).id).toBe(id);
  });

  it("is refused if several match, and names them", async () => {
    await expect(findRun(control, "01aa")).rejects.toMatchObject({
      code: "RunAmbiguous",
      hint: "Give more of the id:\n  hello-01aaa1\n  hello-01aab2",
    });
  });

  it("is refused if none matches", async () => {
    await expect(findRun(control, "x")).rejects.toMatchObject({ code: "RunNotFound" });
  });
});

describe("an approval by the beginning of its id", () => {
  it("is found if it is the only open one, from four characters on", async () => {
    expect((await findApproval(control, "ap-n")).id).toBe("ap-nightly");
    await expect(findApproval(control, "ap-")).rejects.toMatchObject({ code: "ApprovalNotFound" });
  });

  it("is refused if several match", async () => {
    await expect(findApproval(control, "ap-hello")).rejects.toMatchObject({
      code: "ApprovalAmbiguous",
    });
  });
});
