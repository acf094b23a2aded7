import { z } from "zod";
import type { Package } from "../../lib/constructs/code/handlers.ts";
import { report } from "../peers/report.mjs";
import { measureColdImport } from "./cold-import.ts";
import { FUNCTIONS, type MeasuredFunction } from "./packages.ts";

const Options = z.object({
  function: z.enum(FUNCTIONS),
  /** New processes for each figure. */
  processes: z.number(),
  /** What counts; the others are told too. */
  figure: z.enum(["ms", "size"]).default("ms"),
});

/** Reports what importing the package of one function takes. */
export async function reportFunction(
  make: (name: MeasuredFunction) => Promise<Package>,
): Promise<void> {
  await report(async (given) => {
    const { function: name, processes, figure } = Options.parse(given);
    const { ms, allMs, coldSize, size } = measureColdImport(await make(name), processes);
    return {
      value: figure === "ms" ? ms : size,
      parts: [
        { name: "read for that", value: coldSize, unit: "KB" },
        { name: "all of it", value: size, unit: "KB" },
        { name: "import of all of it", value: allMs, unit: "ms" },
      ],
    };
  });
}
