import { canonicalJson } from "../../runtime/canonical-json.ts";
import type { Json } from "../../runtime/json.ts";
import type { ScenarioResult } from "./report.ts";

/** One result of several runs of one scenario: the first, and `flaky` where they came out differently. */
export function mergeRepeats(
  results: readonly [ScenarioResult, ...ScenarioResult[]],
): ScenarioResult {
  const [first] = results;
  const ways = new Map<string, number>();
  for (const result of results) ways.set(wayOf(result), (ways.get(wayOf(result)) ?? 0) + 1);
  if (ways.size === 1) return first;
  const verdicts = [...new Set(results.map(({ verdict }) => verdict))].map(
    (verdict) => `${results.filter((each) => each.verdict === verdict).length} ${verdict}`,
  );
  const reason = `${results.length} runs came out in ${ways.size} ways: ${verdicts.join(", ")}`;
  return { ...first, verdict: "flaky", reasons: [reason, ...first.reasons] };
}

function wayOf({ verdict, end, output, checks }: ScenarioResult): string {
  return canonicalJson(JSON.parse(JSON.stringify({ verdict, end, output, checks })) as Json);
}
