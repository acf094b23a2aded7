/**
 * AWS's list prices for us-east-1, first tier, without free tier. `source` is where a price was read,
 * `date` what that source gives as its date (null: none), `page` AWS's own page, to look it up again.
 */
export interface Price {
  readonly usd: number;
  /** So many units cost `usd`. */
  readonly per: number;
  readonly unit: string;
  readonly source: string;
  readonly date: string | null;
  readonly page: string;
}

export const REGION = "us-east-1";

const DYNAMODB = {
  source: "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
  date: "2025-07-21",
  page: "https://aws.amazon.com/dynamodb/pricing/on-demand/",
};

const S3 = {
  source:
    "https://devnotes.tech/understanding-aws-s3-pricing-a-complete-cost-breakdown-with-examples",
  date: null,
  page: "https://aws.amazon.com/s3/pricing/",
};

/** The first thousand GB-hours of a month; later ones cost less. */
const EXPRESS = {
  source: "https://aws.amazon.com/step-functions/pricing/",
  date: null,
  page: "https://aws.amazon.com/step-functions/pricing/",
};

const MILLION = 1_000_000;

export const PRICES = {
  transitions: {
    usd: 25,
    per: MILLION,
    unit: "state transitions",
    source: "https://www.wring.co/blog/aws-step-functions-pricing-guide",
    date: "2026-03-14",
    page: "https://aws.amazon.com/step-functions/pricing/",
  },
  expressRequests: { usd: 1, per: MILLION, unit: "express runs", ...EXPRESS },
  expressCompute: { usd: 0.06, per: 3600, unit: "GB-seconds (express)", ...EXPRESS },
  logs: {
    usd: 0.5,
    per: 1,
    unit: "GB of logs",
    source: "https://hykell.com/kb/platform-specific-guides/aws-cloudwatch-logs-pricing",
    date: null,
    page: "https://aws.amazon.com/cloudwatch/pricing/",
  },
  lambdaRequests: {
    usd: 0.2,
    per: MILLION,
    unit: "requests",
    source:
      "https://git.mcrn.ar/mariano/lambda_local_runner/src/branch/main/docs/lambdas-md/lambda-13-cost.md",
    date: "2026-05-11",
    page: "https://aws.amazon.com/lambda/pricing/",
  },
  lambdaCompute: {
    usd: 0.0000133334,
    per: 1,
    unit: "GB-seconds (arm64)",
    source: "https://cloudchipr.com/blog/aws-lambda-pricing",
    date: "2024",
    page: "https://aws.amazon.com/lambda/pricing/",
  },
  tableWrites: { usd: 0.625, per: MILLION, unit: "write request units", ...DYNAMODB },
  tableReads: { usd: 0.125, per: MILLION, unit: "read request units", ...DYNAMODB },
  tableStorage: {
    usd: 0.25,
    per: 1,
    unit: "GB-months",
    source: "https://aws.amazon.com/dynamodb/pricing/",
    date: null,
    page: DYNAMODB.page,
  },
  objectWrites: { usd: 0.005, per: 1000, unit: "PUT requests", ...S3 },
  objectReads: { usd: 0.0004, per: 1000, unit: "GET requests", ...S3 },
  objectStorage: { usd: 0.023, per: 1, unit: "GB-months", ...S3 },
  events: {
    usd: 1,
    per: MILLION,
    unit: "custom events",
    source: "https://cloudburn.io/blog/amazon-eventbridge-pricing",
    date: "2026-03-13",
    page: "https://aws.amazon.com/eventbridge/pricing/",
  },
} as const satisfies Record<string, Price>;

export type PricedItem = keyof typeof PRICES;

/** Of the sources that give a date, the oldest and the newest. */
export function priceDates(): { readonly oldest: string; readonly newest: string } {
  const dates = Object.values(PRICES)
    .flatMap(({ date }) => (date === null ? [] : [date]))
    .sort();
  return { oldest: dates[0] ?? "", newest: dates.at(-1) ?? "" };
}
