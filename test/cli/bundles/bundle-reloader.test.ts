import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BundleReloader } from "../../../lib/cli/bundles/bundle-reloader.ts";
import type { Invocation } from "../../../lib/cli/command.ts";
import { Output } from "../../../lib/cli/output.ts";
import type { Deployment } from "../../../lib/local/runtime/deployment.ts";
import { useProject } from "../../e2e/project.ts";
import { testIo } from "../test-io.ts";

const project = useProject();

it("a bundle is reloaded when local.yaml names other people, and only then", async () => {
  const at = (path: string) => join(project.folder, path);
  await writeFile(
    at("bundles/hello/approvals/greeting.yaml"),
    "approval: greeting\ntitle: Go?\napprovers: [{ group: leads }]\ndeadline: 1d\n",
  );
  await mkdir(at("bundles/environments"));
  const leads = (who: string) =>
    writeFile(at("bundles/environments/local.yaml"), `groups: { leads: [${who}] }\n`);
  await leads("ada@example.com");
  const { io, stdout } = testIo({ cwd: project.folder });
  const out = new Output(io, false);
  const deployed: Deployment[] = [];
  const runtime = { deploy: async (one: Deployment) => void deployed.push(one) };
  const reloader = new BundleReloader(runtime, { io, out } as unknown as Invocation);

  await reloader.reload(at("bundles/hello"));
  await reloader.reload(at("bundles/hello"));
  expect(deployed, stdout()).toHaveLength(1);
  await leads("grace@example.com");
  await reloader.reload(at("bundles/hello"));
  expect(deployed.map(({ plan }) => plan.approvals[0]?.policy.approvers)).toEqual([
    ["ada@example.com"],
    ["grace@example.com"],
  ]);
  expect(deployed[0]?.digest).toBe(deployed[1]?.digest);
});
