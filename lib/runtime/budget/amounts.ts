/** What calls of models spend. */
export interface Amounts {
  /** Millionths of the currency, rounded up. */
  readonly cost: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export const MEASURES = ["cost", "inputTokens", "outputTokens"] as const;
export type Measure = (typeof MEASURES)[number];

export const NOTHING: Amounts = { cost: 0, inputTokens: 0, outputTokens: 0 };

export function add(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, (one, other) => one + other);
}

/** Of each measure the larger one. */
export function atLeast(a: Amounts, b: Amounts): Amounts {
  return combine(a, b, Math.max);
}

export function isSame(a: Amounts, b: Amounts): boolean {
  return MEASURES.every((measure) => a[measure] === b[measure]);
}

/** Throws `RangeError` unless each amount is a whole number from 0 on. */
export function checkAmounts(amounts: Amounts): void {
  for (const measure of MEASURES) {
    const value = amounts[measure];
    if (Number.isSafeInteger(value) && value >= 0) continue;
    throw new RangeError(`"${measure}" must be a whole number from 0 on, found ${value}.`);
  }
}

function combine(a: Amounts, b: Amounts, by: (a: number, b: number) => number): Amounts {
  return {
    cost: by(a.cost, b.cost),
    inputTokens: by(a.inputTokens, b.inputTokens),
    outputTokens: by(a.outputTokens, b.outputTokens),
  };
}
