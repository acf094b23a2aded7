import type { Control, RunDetail } from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import { Failure } from "../failure.ts";

const SEARCHED = 1000;

/**
 * The run with this id, or the only one among the newest 1,000 whose id starts or ends with it; the workflow's name may be
 * left out.
 * Throws a `Failure` if there is none, or if several match.
 */
export async function findRun(control: Control, wanted: string): Promise<RunDetail> {
  try {
    return await control.run(wanted);
  } catch (error) {
    if (!(error instanceof RequestError) || wanted === "") {
      throw error;
    }
    const candidates = await control.runs({ limit: SEARCHED });
    const matches = candidates.filter(({ id, workflow }) => {
      // A run that was not named has the id WORKFLOW-ULID.
      const own = id.startsWith(`${workflow}-`) ? id.slice(workflow.length + 1) : id;
      return id.startsWith(wanted) || own.startsWith(wanted) || id.endsWith(wanted);
    });
    const [only, second] = matches;
    if (only === undefined) {
      throw new Failure("RunNotFound", `No run has the id "${wanted}"`, {
        hint: "espalier runs lists them.",
        cause: error,
      });
    }
    if (second !== undefined) {
      const some = matches.slice(0, 5).map(({ id }) => `  ${id}`);
      throw new Failure("RunAmbiguous", `${matches.length} runs match "${wanted}"`, {
        hint: ["Give more of the id:", ...some].join("\n"),
        cause: error,
      });
    }
    return control.run(only.id);
  }
}
