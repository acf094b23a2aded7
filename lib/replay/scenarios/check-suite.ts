import type { Plan } from "../../compiler/plan.ts";
import { type Diagnostic, DiagnosticsError } from "../../manifest/diagnostic.ts";
import { checkScenario } from "./check-scenario.ts";
import { openScenario, scenarioFolders } from "./scenario.ts";
import { openSuite } from "./suite.ts";

/** All findings of a bundle's scenarios, none of which is run; `bundle`: its folder. */
export async function checkSuite(bundle: string, plan: Plan): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  try {
    openSuite(bundle, plan.workflow);
  } catch (error) {
    if (!(error instanceof DiagnosticsError)) throw error;
    found.push(...error.diagnostics);
  }
  for (const folder of scenarioFolders(bundle)) {
    const { scenario, diagnostics } = await openScenario(folder);
    found.push(...diagnostics);
    if (scenario) found.push(...(await checkScenario(scenario, plan, bundle)));
  }
  return found;
}
