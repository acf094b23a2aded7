/** A further figure of the same run, for information. */
export interface Part {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export function report(
  measure: (options: unknown) => Promise<{
    readonly value: number;
    readonly ms?: number;
    readonly parts?: readonly Part[];
  }>,
): Promise<void>;

export function time(work: () => Promise<void>): Promise<number>;
