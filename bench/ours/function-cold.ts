/** Cold import of a deployed function. */
import { deployedPackage } from "../functions/packages.ts";
import { reportFunction } from "../functions/report-function.ts";

await reportFunction(deployedPackage);
