/** Which code this is: the deployment test writes the second edition while runs of the first wait. */
export const EDITION: string = "first";
