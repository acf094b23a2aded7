/**
 * Days that CloudWatch Logs can keep for: `retentionInDays` of PutRetentionPolicy,
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 * 9999 is how the CDK says for ever.
 * Listed here, because local work does not load the CDK; a test compares with the CDK's own list.
 */
export const LOG_DAYS: readonly number[] = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288,
  3653, 9999,
];
