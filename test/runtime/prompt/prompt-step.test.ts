import { describe, expect, it } from "vitest";
import { memoryArtifacts } from "../../../lib/local/ports/memory.ts";
import { parsePrompt } from "../../../lib/manifest/prompt/parse-prompt.ts";
import { readAll } from "../../../lib/runtime/artifact-handle.ts";
import { digestOfJson } from "../../../lib/runtime/canonical-json.ts";
import { type PromptStepOutput, runPromptStep } from "../../../lib/runtime/prompt/prompt-step.ts";
import { callOf, silent } from "../model/model-world.ts";

const { document: prompt } = parsePrompt(
  "---\ninputs: { name: { type: text } }\n---\n# user\nHello {{name}}\n",
  "prompts/hello.md",
);
if (!prompt) throw new Error("the prompt is wrong");
const document = {
  prompt,
  input: { type: "object", properties: { name: { type: "string" } } },
} as const;

describe("a prompt step", () => {
  it("stores the prompt with what it was made from", async () => {
    const artifacts = memoryArtifacts();
    const call = callOf({ name: "Ada" });
    const output = (await runPromptStep({ ...document, input: { ...document.input } }, call, {
      artifacts,
      logger: silent,
    })) as unknown as PromptStepOutput;
    const messages = [{ role: "user", content: [{ text: "Hello Ada" }] }];
    expect(output).toEqual({
      prompt: {
        $artifact: expect.stringMatching(/^sha256:/),
        bytes: expect.any(Number),
        mediaType: "application/json",
        name: "step.prompt.json",
      },
      provenance: {
        source: "prompts/hello.md",
        template: prompt.digest,
        inputs: digestOfJson({ name: "Ada" }),
        rendered: digestOfJson({ system: [], messages }),
      },
    });
    const bytes = await readAll(artifacts.open(output.prompt.$artifact));
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual({
      system: [],
      messages,
      provenance: output.provenance,
    });
  });

  it("refuses an input that does not fit its contract", async () => {
    const world = { artifacts: memoryArtifacts(), logger: silent };
    await expect(
      runPromptStep({ ...document, input: { ...document.input } }, callOf({ name: 1 }), world),
    ).rejects.toMatchObject({ name: "Contract.InputInvalid" });
  });
});
