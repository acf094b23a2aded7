/** Functions of the steps that the kit itself performs, beside agents. */
import { readFile as readFrom } from "node:fs/promises";
import { join } from "node:path";
import { openBudget } from "../../../runtime/budget/budget.ts";
import { runRetrieveStep } from "../../../runtime/knowledge/retrieve-step.ts";
import { runMemoryStep } from "../../../runtime/memory/memory-step.ts";
import { runModelStep } from "../../../runtime/model/model-step.ts";
import { runPromptStep } from "../../../runtime/prompt/prompt-step.ts";
import { ignore } from "../../ports/durable-file.ts";
import type { AskingWork, KitWork } from "../hosted-function.ts";
import type { WorkerStart } from "../protocol.ts";
import type { Handler } from "../worker-loop.ts";
import { kitHandler } from "./kit-call.ts";
import { localModel } from "./local-model.ts";

type Start<Kind extends KitWork["kind"]> = WorkerStart<Extract<KitWork, { readonly kind: Kind }>>;

export async function modelHandler(
  start: WorkerStart<Extract<AskingWork, { kind: "model" }>>,
): Promise<Handler> {
  const { document } = start.work;
  const open = await localModel(start);
  return kitHandler(
    start,
    (call, { ports, ...around }) => {
      const budget = openBudget(document.budget, call, ports, { signal: around.signal });
      const model = open(document.model);
      return runModelStep(document, call, { ...ports, ...around, model, budget });
    },
    { input: document.input },
  );
}

export function retrieveHandler(start: Start<"retrieve">): Handler {
  const readFile = bundleReader(start);
  return kitHandler(start, (call, { ports: { artifacts }, logger }) =>
    runRetrieveStep(start.work.document, call, { artifacts, readFile, logger }),
  );
}

export function memoryHandler(start: Start<"memory">): Handler {
  const { document } = start.work;
  return kitHandler(
    start,
    (call, { ports, logger }) => runMemoryStep(document, call, { ...ports, logger }),
    { hasEffect: document.operation !== "read" },
  );
}

export function promptHandler(start: Start<"prompt">): Handler {
  const { document } = start.work;
  return kitHandler(
    start,
    (call, { ports: { artifacts }, logger }) =>
      runPromptStep(document, call, { artifacts, logger }),
    { input: document.input },
  );
}

const COMPONENTS = "components/";

/** Files of the bundle, and of its components as `components/CATEGORY/ALIAS/PATH`. */
function bundleReader({ files, components }: WorkerStart) {
  return (path: string): Promise<Uint8Array | undefined> => {
    const place =
      components !== null && path.startsWith(COMPONENTS)
        ? join(components, path.slice(COMPONENTS.length))
        : join(files, path);
    return readFrom(place).catch(ignore("ENOENT"));
  };
}
