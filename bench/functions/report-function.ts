import { z } from "zod";
import { HANDLERS, type Handler, type Package } from "../../lib/constructs/code/handlers.ts";
import { report } from "../peers/report.mjs";
import { measureColdImport } from "./cold-import.ts";

const Options = z.object({
  function: z.enum(HANDLERS),
  /** New processes for each figure. */
  processes: z.number(),
});

/** Reports what importing the package of one function takes. */
export async function reportFunction(make: (name: Handler) => Promise<Package>): Promise<void> {
  await report(async (given) => {
    const { function: name, processes } = Options.parse(given);
    const { ms, allMs, coldSize, size } = measureColdImport(await make(name), processes);
    return {
      value: ms,
      parts: [
        { name: "read for that", value: coldSize, unit: "KB" },
        { name: "all of it", value: size, unit: "KB" },
        { name: "import of all of it", value: allMs, unit: "ms" },
      ],
    };
  });
}
