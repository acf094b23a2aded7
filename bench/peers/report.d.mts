export function report(
  measure: (options: unknown) => Promise<{ readonly value: number; readonly ms?: number }>,
): Promise<void>;

export function time(work: () => Promise<void>): Promise<number>;
