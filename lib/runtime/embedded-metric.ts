import { METRIC_NAMESPACE } from "./deployed.ts";
import type { JsonObject } from "./json.ts";

export interface MetricLine {
  /** Names of fields of `fields` by which the metrics are told apart. */
  readonly dimensions: readonly string[];
  readonly metrics: readonly { readonly name: string; readonly unit: string }[];
  /** Values of the metrics and of the dimensions, and whatever else the line shall say. */
  readonly fields: JsonObject;
  readonly at: Date;
}

/**
 * A log line that CloudWatch turns into metrics: nothing is called, and no permission is needed. At
 * most 100 metrics a line, and 100 values of each.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function metricLine({ dimensions, metrics, fields, at }: MetricLine): string {
  return JSON.stringify({
    ...fields,
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [
        {
          Namespace: METRIC_NAMESPACE,
          Dimensions: [[...dimensions]],
          Metrics: metrics.map(({ name, unit }) => ({ Name: name, Unit: unit })),
        },
      ],
    },
  });
}
