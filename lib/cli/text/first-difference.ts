export interface Difference {
  /** From 1. */
  readonly line: number;
  /** Undefined where the text has ended. */
  readonly found: string | undefined;
  readonly expected: string | undefined;
}

/** The first line in which two texts differ; undefined if they are equal. */
export function firstDifference(found: string, expected: string): Difference | undefined {
  if (found === expected) {
    return undefined;
  }
  const left = found.split("\n");
  const right = expected.split("\n");
  let index = 0;
  while (left[index] === right[index]) {
    index += 1;
  }
  return { line: index + 1, found: left[index], expected: right[index] };
}
