/** Scenarios whose models and judges are asked now: one after the other, within a budget. */
import type { ReplayBundle } from "../../replay/index.ts";
import type { ScenarioResult } from "../../replay/scenarios/report.ts";
import type { ScenarioJob } from "../../replay/scenarios/test-scenario.ts";
import type { Invocation } from "../command.ts";
import { openLive } from "../replay/open-live.ts";

/** `test` judges what was played by checks; `budget` in millionths of the models' currency. */
export async function liveTest(
  invocation: Invocation,
  bundle: ReplayBundle,
  budget: number | undefined,
  test: (job: ScenarioJob) => Promise<ScenarioResult>,
): Promise<(job: ScenarioJob) => Promise<ScenarioResult>> {
  const [{ openScenario }, { playScenario }, { askJudges }, { budgetSpent }, { costOf }, live] =
    await Promise.all([
      import("../../replay/scenarios/scenario.ts"),
      import("../../replay/scenarios/play-scenario.ts"),
      import("../../replay/scenarios/check/judgments.ts"),
      import("../../replay/model-answers.ts"),
      import("../../runtime/model/cost.ts"),
      openLive(invocation),
    ]);
  let spent = 0;
  const ask = () => {
    if (budget !== undefined && spent >= budget) throw budgetSpent(budget);
  };
  const perform = async (job: ScenarioJob): Promise<ScenarioResult> => {
    const { scenario } = await openScenario(job.folder);
    if (!scenario) return test(job);
    const played = await playScenario(scenario, bundle, {
      ...{ input: job.generated?.input, live },
      spend: (cost) => {
        if (cost === undefined) ask();
        else spent += cost;
      },
    });
    const world = {
      ...{ plan: bundle.plan, open: live },
      ask,
      paid: (model: Parameters<typeof live>[0], usage: Parameters<typeof costOf>[0]) => {
        spent += costOf(usage, model.prices);
      },
    };
    if (!job.generated) await askJudges(scenario.checks, played, scenario.folder, world);
    return test({ ...job, played });
  };
  let last: Promise<unknown> = Promise.resolve();
  return (job) => {
    const result = last.then(() => perform(job));
    last = result.catch(() => undefined);
    return result;
  };
}
