import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { localPerson } from "../../../lib/cli/runs/approval-links.ts";
import { openPorts } from "../../../lib/local/ports/index.ts";
import { LocalRuntime } from "../../../lib/local/runtime/local-runtime.ts";
import { readAudit } from "../../../lib/runtime/audit.ts";
import { findDisabling } from "../../../lib/runtime/switch/switch.ts";
import { espalier } from "../espalier.ts";

const AS = ["--as", "ada@example.com"];
const OFF = ["switch", "tools", "off", "--reason", "wrong mails", ...AS];

let folder = "";
let runtime: LocalRuntime | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "espalier-switch-"));
  runtime = await LocalRuntime.open({ directory: folder });
});
afterEach(async () => {
  await runtime?.close();
  await rm(folder, { recursive: true, force: true });
});

const cli = (...argv: string[]) => espalier([...argv, "--data", folder]);

/** `served`: the commands talk to a runtime of another process; `alone`: each opens its own. */
describe.each(["served", "alone"])("espalier switch, %s", (how) => {
  beforeEach(async () => {
    if (how === "served") return;
    await runtime?.close();
    runtime = undefined;
  });

  it("switches tools off and on, and tells what is off", async () => {
    expect((await cli("switch", "tools", "status")).stdout).toContain("Nothing is off");
    const off = await cli(...OFF);
    expect(off).toMatchObject({ exitCode: 0, stderr: "" });
    expect(off.stdout).toBe(
      "Off, by ada@example.com: tools that change something, of every workflow\n",
    );

    const one = await cli(...OFF, "--workflow", "mailer", "--tool", "send_mail");
    expect(one.stdout).toContain('Off, by ada@example.com: tool "send_mail" of workflow "mailer"');
    expect(one.stdout).toContain("Off as well:\n  tools that change something");
    expect(one.stderr).toContain('no workflow "mailer" is deployed here');

    const status = await cli("switch", "tools", "status");
    expect(status.stdout).toMatch(
      /\(every\) +\(changing\) +[\d-]+ [\d:]+ +ada@example.com +wrong mails/,
    );
    expect(status.stdout).toMatch(/mailer +send_mail +\d/);

    const on = await cli("switch", "tools", "on", ...AS);
    expect(on.stdout).toContain("On, by ada@example.com: tools that change something");
    expect(on.stdout).toContain('Still off:\n  tool "send_mail"');
    const { stdout } = await cli("switch", "tools", "status", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      switches: [
        { workflow: null, tool: null, off: false, reason: null, by: "ada@example.com" },
        { workflow: "mailer", tool: "send_mail", off: true, reason: "wrong mails" },
      ],
    });
  });

  it("takes effect at once for whoever asks the records, and is in the audit", async () => {
    const ports = openPorts(join(folder, "store"));
    const question = { workflow: "mailer", tool: "send_mail", effect: "send" } as const;
    expect(await findDisabling(question, ports)).toBeUndefined();
    await cli(...OFF);
    expect(await findDisabling(question, ports)).toMatchObject({ by: "ada@example.com" });
    expect((await readAudit("switch", ports)).entries).toMatchObject([
      { event: "tools.off", actor: "ada@example.com", data: { reason: "wrong mails" } },
    ]);
  });
});

describe("espalier switch", () => {
  it("is flipped by the person at this machine, where nobody is named", async () => {
    await cli("switch", "tools", "off", "--workflow", "w", "--tool", "t", "--reason", "x");
    const { stdout } = await cli("switch", "tools", "status", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ switches: [{ by: localPerson(), off: true }] });
  });

  it.each([
    ["without a reason", ["switch", "tools", "off", ...AS], "--reason is missing"],
    ["of something else", ["switch", "lights", "off"], "only tools can be switched"],
    ["into another state", ["switch", "tools", "dim"], "expected off, on or status"],
    ["of no tool", [...OFF, "--tool", "a b"], "expected the name of a tool"],
  ])("refuses a flip %s", async (_how, argv, message) => {
    const ran = await cli(...argv);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(message);
  });

  it("keeps what a terminal would take for commands out of the table", async () => {
    await cli("switch", "tools", "off", "--reason", "red\u001b[31m", ...AS);
    expect((await cli("switch", "tools", "status")).stdout).not.toContain("\u001b");
  });
});
