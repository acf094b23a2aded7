import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  CreateStateMachineCommand,
  SFNClient,
  StartSyncExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { espalier, type Ran } from "../cli/espalier.ts";
import { spawnEspalier, useProject } from "./project.ts";

const project = useProject();
const at = (path: string) => join(project.folder, path);

/** `dev` in this process, as it is started and as it is stopped by Ctrl-C. */
function startDev(argv: string[]) {
  const stop = new AbortController();
  let text = "";
  const options = {
    cwd: project.folder,
    signal: stop.signal,
    onStdout: (all: string) => {
      text = all;
    },
  };
  const ran = espalier(["dev", "--port", "0", ...argv], options);
  return {
    ran,
    stdout: () => text,
    async until(pattern: RegExp): Promise<RegExpExecArray> {
      for (const end = Date.now() + 30_000; Date.now() < end; ) {
        const found = pattern.exec(text);
        if (found) return found;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`no ${pattern} in:\n${text}`);
    },
    stop(): Promise<Ran> {
      stop.abort("SIGINT");
      return ran;
    },
  };
}

function run(argv: string[], stdin = ""): Promise<Ran> {
  return espalier(argv, { cwd: project.folder, stdin });
}

/** A step after the approval shows which code a run goes on with. */
async function addStepAfterApproval(): Promise<void> {
  const file = at("bundles/hello/workflow.yaml");
  const text = await readFile(file, "utf8");
  const added = text
    .replace(
      "  - id: result",
      "  - id: last\n    task: code/greet.ts\n    with: { name: last }\n\n  - id: result",
    )
    .replace("set: { text:", 'set: { last: "{% $last.text %}", text:');
  await writeFile(file, added);
}

describe("dev", () => {
  let dev: ReturnType<typeof startDev>;
  beforeAll(async () => {
    await addStepAfterApproval();
    dev = startDev([]);
    await dev.until(/Ready at/);
  });
  afterAll(async () => {
    await dev.stop();
  });

  it("loads the bundles and says where it is", () => {
    expect(dev.stdout()).toMatch(/^loaded {2}hello 0\.1\.0 {2}sha256:[0-9a-f]{12}$/m);
    expect(dev.stdout()).toMatch(/Ready at http:\/\/127\.0\.0\.1:\d+, data in \.espalier\./);
  });

  it("drives the runs of other commands", async () => {
    const ran = await run(["run", "hello"]);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toMatch(/driven {2}by the runtime at http:\/\/127\.0\.0\.1:\d+/);
    expect(ran.stdout).toContain('"last": "Hello, last!"');
  });

  it("has its data folder for itself", async () => {
    const second = await run(["dev", "--port", "0"]);
    expect(second).toMatchObject({ exitCode: 1, stdout: "" });
    expect(second.stderr).toMatch(/^error: .*(in use|another process|process \d+)/i);
    const document = JSON.parse((await run(["dev", "--port", "0", "--json"])).stdout);
    expect(document.error.code).toBe("DataFolderInUse");
  });

  it("reloads what changes; a run in flight keeps its code; a broken bundle changes nothing", async () => {
    const waiting = await run(["run", "hello", "--input", "-", "--json"], '{"name":"Ada"}');
    const [approval] = JSON.parse(waiting.stdout).run.waitingFor;
    const code = await readFile(at("bundles/hello/code/greet.ts"), "utf8");

    await writeFile(at("bundles/hello/code/greet.ts"), code.replace("Hello", "Good day"));
    await dev.until(/^reloaded {2}hello/m);
    const decide = ["decide", approval, "--approve", "--as", "a@example.com", "--json"];
    const decided = JSON.parse((await run(decide)).stdout);
    expect(decided.run.output).toMatchObject({ text: "Hello, Ada!", last: "Hello, last!" });

    await writeFile(at("bundles/hello/code/greet.ts"), "export default {{");
    await dev.until(/^failed {2}bundles\/hello: .*; sha256:[0-9a-f]{12} stays in service/m);
    await writeFile(at("bundles/hello/code/greet.ts"), code.replace("Hello", "Good day"));
    const after = JSON.parse((await run(["run", "hello", "--json"])).stdout);
    expect(after.run.output).toMatchObject({ text: "Good day, world!" });
  });

  it("says what an earlier one left, and goes on with it", async () => {
    const waiting = await run(["run", "hello", "--input", "-", "--json"], '{"name":"Bo"}');
    const { id, waitingFor } = JSON.parse(waiting.stdout).run;
    const stopped = await dev.stop();
    expect(stopped.exitCode).toBe(0);
    expect(stopped.stderr).toMatch(/Stopped\. 1 run goes on with the next espalier dev$/m);
    dev = startDev([]);
    await dev.until(/Ready at/);
    expect(dev.stdout()).toMatch(
      new RegExp(`unfinished:\n {2}${id} {2}hello {2}waits for a person`),
    );
    const decided = await run(["decide", waitingFor[0], "--approve", "--as", "a@example.com"]);
    expect(decided.exitCode).toBe(0);
  });
});

describe("dev with a folder of functions", () => {
  it("runs them in state machines that the AWS SDK makes", async () => {
    await mkdir(at("functions/double"), { recursive: true });
    await writeFile(
      at("functions/double/index.mjs"),
      "export const handler = async ({ n }) => 2 * n;\n",
    );
    const dev = startDev(["--functions", "functions", "--data", "other", "--bundles", "none"]);
    const [, endpoint = ""] = await dev.until(/Ready at (http:\S+),/);
    const client = new SFNClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
      disableHostPrefix: true,
    });
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({
        name: "doubling",
        type: "EXPRESS",
        roleArn: "arn:aws:iam::000000000000:role/none",
        definition: JSON.stringify({
          QueryLanguage: "JSONata",
          StartAt: "Double",
          States: {
            Double: {
              Type: "Task",
              Resource: "arn:aws:states:::lambda:invoke",
              Arguments: { FunctionName: "double", Payload: "{% $states.input %}" },
              Output: "{% $states.result.Payload %}",
              End: true,
            },
          },
        }),
      }),
    );
    const answer = await client.send(
      new StartSyncExecutionCommand({ stateMachineArn, input: '{"n":21}' }),
    );
    expect(answer).toMatchObject({ status: "SUCCEEDED", output: "42" });
    client.destroy();
    expect((await dev.stop()).exitCode).toBe(0);
  });
});

describe("as a process of its own", () => {
  it("dev prints one document with --json, and ends in good order on SIGTERM", async () => {
    const argv = ["dev", "--port", "0", "--data", "third", "--json"];
    const dev = spawnEspalier(argv, { cwd: project.folder });
    await dev.until(/^}$/m);
    expect(await dev.kill("SIGTERM"), dev.stderr()).toBe(0);
    expect(JSON.parse(dev.stdout())).toMatchObject({
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      pid: dev.child.pid,
      workflows: [{ workflow: "hello" }],
      resumed: [],
    });
  });

  it("a reader that goes away is no error, and the run goes on to its end", async () => {
    const argv = ["run", "hello", "--name", "unread", "--data", "fourth"];
    const unread = spawnEspalier(argv, { cwd: project.folder });
    unread.child.stdout?.destroy();
    expect(await unread.ended).toBe(0);
    expect(unread.stderr()).toBe("");
    const shown = await run(["show", "unread", "--data", "fourth", "--json"]);
    expect(JSON.parse(shown.stdout).run.status).toBe("SUCCEEDED");
  });
});
