import type { Measure } from "./measures.ts";
import { type Figures, median } from "./rounds.ts";

/** One line of the table: one program of one measure. */
export interface Row {
  readonly measure: string;
  readonly title: string;
  readonly program: string;
  readonly unit: Measure["unit"];
  /** Median; null where the program cannot run here. */
  readonly value: number | null;
  readonly values: readonly number[];
  readonly unavailable?: string;
  /** Ours over the peer's. On our own rows, and where one of the two is missing: null. */
  readonly ratio: number | null;
  /** In words, as `≥ 5 ×` or `< 50 ms`; null on rows for information. */
  readonly aim: string | null;
  /** Null where there is no aim, or nothing to hold against it. */
  readonly met: boolean | null;
}

/** Rows of a measure, ours first, from the figures in the order of `runMeasure`. */
export function judge(measure: Measure, figures: readonly Figures[]): Row[] {
  const [own, ...others] = figures;
  const ours = median(own?.values ?? []) ?? null;
  const { under } = measure;
  const first: Row = {
    ...facts(measure, measure.ours.name, own),
    ratio: null,
    aim: under === undefined ? null : `< ${under} ms`,
    met: under === undefined || ours === null ? null : ours < under,
  };
  return [
    first,
    ...measure.peers.map((peer, index): Row => {
      const row = facts(measure, peer.name, others[index]);
      const ratio = ours === null || row.value === null ? null : ours / row.value;
      const { atLeast } = peer;
      return {
        ...row,
        ratio,
        aim: atLeast === undefined ? null : `≥ ${atLeast} ×`,
        met: atLeast === undefined || ratio === null ? null : ratio >= atLeast,
      };
    }),
  ];
}

function facts({ id, title, unit }: Measure, program: string, figures: Figures | undefined) {
  const values = figures?.values ?? [];
  const base = { measure: id, title, program, unit, value: median(values) ?? null, values };
  const { unavailable } = figures ?? {};
  return unavailable === undefined ? base : { ...base, unavailable };
}
