/** Cold import of the least that could stand in place of a function: SDK clients and zod. */
import { floorPackage } from "../functions/packages.ts";
import { reportFunction } from "../functions/report-function.ts";

await reportFunction(floorPackage);
