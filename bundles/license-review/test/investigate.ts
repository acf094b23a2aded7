/** The agent's stand-in and its tools in a plain loop: what the runtime's loop does, without its guards. */
import type { Json, StepDefinition } from "espalier";
import { runStep } from "espalier/testing";
import investigator from "../agents/investigator.stand-in.ts";
import { Claim } from "../code/investigation/claim.ts";
import listFiles from "../toolsets/package-files/list-files.ts";
import readFile from "../toolsets/package-files/read-file.ts";

const TOOLS: Readonly<Record<string, StepDefinition>> = {
  list_files: listFiles as StepDefinition,
  read_file: readFile as StepDefinition,
};

type Messages = Parameters<typeof investigator.answer>[1]["messages"];

export interface Investigation {
  readonly claim: Claim;
  readonly calls: readonly { readonly name: string; readonly input: Json }[];
}

/** What it claims of a package, and the calls on its way there. */
export async function investigate(given: {
  readonly package: {
    readonly name: string;
    readonly version: string;
    readonly integrity: string | null;
  };
}): Promise<Investigation> {
  const messages: Messages[number][] = [{ role: "user", content: [{ text: "Begin." }] }];
  const calls: { name: string; input: Json }[] = [];
  for (let turn = 0; turn < 12; turn += 1) {
    const request = {
      modelId: "stand-in",
      system: [],
      messages,
      inferenceConfig: { maxTokens: 1000 },
    };
    const tools = Object.keys(TOOLS);
    const answer = await investigator.answer(request, { turn, tools, input: given, messages });
    if (typeof answer === "object" && "json" in answer) {
      return { claim: Claim.parse(answer.json), calls };
    }
    if (typeof answer !== "object" || !("toolUse" in answer)) throw new Error("no call, no claim");
    const uses = answer.toolUse.map((use, index) => ({ ...use, toolUseId: `${turn}_${index}` }));
    messages.push({ role: "assistant", content: uses.map((toolUse) => ({ toolUse })) });
    const results = await Promise.all(
      uses.map(async ({ name, input, toolUseId }) => {
        calls.push({ name, input });
        const tool = TOOLS[name];
        if (!tool) throw new Error(`no tool ${name}`);
        const result = await runStep(tool, input, { given });
        const content = [{ json: { result } }];
        return { toolResult: { toolUseId, status: "success" as const, content } };
      }),
    );
    messages.push({ role: "user", content: results });
  }
  throw new Error("It has not come to an end.");
}
