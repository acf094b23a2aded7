/**
 * The functions that expressions can call in Step Functions: those of JSONata 2.0.6 without `$eval`,
 * and Step Functions' own.
 * https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
 */
const JSONATA = `sum count max min average string substring substringBefore substringAfter lowercase
  uppercase length trim pad match contains replace split join formatNumber formatBase formatInteger
  parseInteger number floor ceil round abs sqrt power random boolean not map zip filter single reduce
  sift keys lookup append exists spread merge reverse each error assert type sort shuffle distinct
  base64encode base64decode encodeUrlComponent encodeUrl decodeUrlComponent decodeUrl toMillis
  fromMillis clone now millis`;

const STEP_FUNCTIONS = "partition range hash random uuid parse";

/** Names without the leading `$`. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  `${JSONATA} ${STEP_FUNCTIONS}`.split(/\s+/).filter((name) => name !== ""),
);
