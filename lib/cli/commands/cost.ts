import { z } from "zod";
import type { Json } from "../../runtime/json.ts";
import { compileBundle } from "../bundles/compile-bundle.ts";
import { selectBundle } from "../bundles/select-bundle.ts";
import { defineCommand, type Invocation } from "../command.ts";
import { type CostRow, type Estimate, estimate } from "../cost/estimate.ts";
import { type ModelCost, modelCost } from "../cost/model-cost.ts";
import { PRICES, priceDates, REGION } from "../cost/prices.ts";
import { type RecordedRuns, recordedRuns } from "../cost/recorded-runs.ts";
import { count } from "../input/option-shapes.ts";
import { readControl } from "../runs/open-control.ts";
import { answeredText, costText, tokensText } from "../runs/usage-text.ts";
import { renderTable } from "../text/table.ts";

const DEFAULT_RUNS = 1000;

export const cost = defineCommand({
  name: "cost",
  aws: true,
  summary: "Estimate what a workflow costs on AWS, a run and a month",
  details:
    "Goes by recorded runs that succeeded, on this machine or in an environment; without any by the plan: the longest path, each map and repeat once, functions until their timeout. List prices for us-east-1, without free tier.",
  arguments: [["<bundle>", "name under ./bundles, or path of a bundle's folder"]],
  options: [{ flags: "--runs <n>", description: `runs a month (default: ${DEFAULT_RUNS})` }],
  examples: [
    { command: "espalier cost license-review --runs 20000", says: "by the runs of this machine" },
    { command: "espalier cost license-review --environment prod", says: "by what ran on AWS" },
  ],
  shape: {
    args: z.tuple([z.string().min(1)]),
    options: z.object({ runs: count(1, 999_999_999).default(DEFAULT_RUNS) }),
  },
  async perform(invocation, [bundle], { runs }) {
    const folder = selectBundle(bundle, invocation.io.cwd);
    const { deployment } = await compileBundle(invocation, folder);
    const { plan, digest } = deployment;
    const recorded = await readControl(
      invocation,
      (control) => recordedRuns(control, plan.workflow, digest),
      () => undefined,
    );
    const estimated = estimate(plan, recorded, runs);
    const models = modelCost(plan, recorded?.usages ?? []);
    print(invocation, `${plan.workflow} ${plan.version}`, estimated, recorded);
    if (models) {
      printModelCost(invocation, models, runs);
    }
    return {
      exitCode: 0,
      document: {
        workflow: plan.workflow,
        version: plan.version,
        digest,
        region: REGION,
        currency: "USD",
        freeTier: false,
        recorded: recorded ? { runs: recorded.runs, sameBundle: recorded.sameBundle } : null,
        models: (models ?? null) as unknown as Json,
        ...estimated,
        rows: estimated.rows.map((row) => ({ ...row, price: { ...PRICES[row.item] } })),
      },
    };
  },
});

const NAMES: Readonly<Record<keyof typeof PRICES, string>> = {
  transitions: "Step Functions transitions",
  expressRequests: "Step Functions express runs",
  expressCompute: "Step Functions express GB-seconds",
  logs: "CloudWatch Logs GB",
  lambdaRequests: "Lambda requests",
  lambdaCompute: "Lambda GB-seconds",
  tableWrites: "DynamoDB write units",
  tableReads: "DynamoDB read units",
  tableStorage: "DynamoDB GB-months",
  objectWrites: "S3 writes",
  objectReads: "S3 reads",
  objectStorage: "S3 GB-months",
  events: "EventBridge events",
};

function print(
  { out }: Invocation,
  title: string,
  { runsPerMonth, rows, perRun, perMonth, idlePerMonth }: Estimate,
  recorded: RecordedRuns | undefined,
): void {
  out.line(`${out.color.bold(title)}, ${runsPerMonth.toLocaleString("en-US")} runs a month`);
  out.line(`  ${basisText(recorded)}`);
  out.line();
  const total = ["total", "", usd(perRun), usd(perMonth), ""];
  out.lines(
    renderTable(
      [
        { title: "ITEM", shrink: true },
        { title: "A RUN", align: "right" },
        { title: "USD A RUN", align: "right" },
        { title: "USD A MONTH", align: "right" },
        { title: "BASIS", paint: out.color.dim },
      ],
      [...rows.map(cellsOf), total],
      out.width,
    ),
  );
  const { oldest, newest } = priceDates();
  out.line();
  out.line(`The environment itself: ${usd(idlePerMonth)} USD a month, without any run.`);
  out.lines([
    `List prices for ${REGION}, without free tier, from sources of ${oldest} to`,
    `${newest}, some undated: --json names each. Not counted: logs, traces, alarms,`,
    "data transfer, stored artifacts, and what the code of steps calls itself.",
  ]);
}

/** Apart from the table: prices of models are those of their components, in their own currencies. */
function printModelCost(
  { out }: Invocation,
  { recorded, bound }: ModelCost,
  runsPerMonth: number,
): void {
  out.line();
  if (recorded === null) {
    out.line("Models: no recorded run has asked one.");
  } else {
    const month = Object.fromEntries(
      Object.entries(recorded.costs).map(([currency, cost]) => [currency, cost * runsPerMonth]),
    );
    const isPriced = Object.keys(month).length > 0;
    out.line(
      isPriced
        ? `Models: ${costText(recorded)} a run, ${costText({ costs: month })} a month.`
        : "Models: not priced (`prices` of their model.yaml).",
    );
    const isScripted = recorded.answeredBy.some(({ adapter }) => adapter === "stand-in");
    out.lines([
      `  ${tokensText(recorded)} a run, medians; answered by`,
      `  ${answeredText(recorded)}${isScripted ? ": its tokens are a quarter of the bytes" : ""}`,
    ]);
  }
  const why = bound.by === "run" ? "the run's own limit" : "limits of its steps, maps once";
  if (Object.keys(bound.costs).length > 0) {
    out.line(`  At most ${costText(bound)} a run: ${why}. Not in the table above.`);
  }
}

function basisText(recorded: RecordedRuns | undefined): string {
  if (recorded === undefined) {
    return "by the plan: longest path, maps once, functions until their timeout";
  }
  const { runs, sameBundle } = recorded;
  const what = `${runs} recorded ${runs === 1 ? "run" : "runs"}`;
  return `by the medians of ${what}${sameBundle ? "" : " of other versions"}`;
}

function cellsOf({ item, part, quantity, perRun, perMonth, basis }: CostRow): string[] {
  const name = part === undefined ? NAMES[item] : `${NAMES[item]}, ${part}`;
  return [name, amount(quantity), usd(perRun), usd(perMonth), basis];
}

/** Three significant digits; whole where it is. */
function amount(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3).replace(/e-(\d)$/, "e-0$1");
}

/** Cents where there are some, else two significant digits of what there is. */
function usd(value: number): string {
  if (value === 0) {
    return "0";
  }
  return value >= 1
    ? value.toFixed(2)
    : value.toFixed(Math.min(10, 1 - Math.floor(Math.log10(value))));
}
