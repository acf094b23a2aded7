import type { Measure, Peer } from "./measures.ts";
import { type Figures, median } from "./rounds.ts";

/** One line of the table: one program of one measure. */
export interface Row {
  readonly measure: string;
  readonly title: string;
  readonly program: string;
  readonly unit: string;
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
  const first: Row = {
    ...facts(measure, measure.ours.name, own),
    ratio: null,
    ...ownAim(measure, ours),
  };
  return [
    first,
    ...partRows(measure, measure.ours.name, own),
    ...measure.peers.flatMap((peer, index): Row[] => {
      const row = facts(measure, peer.name, others[index]);
      const ratio = ours === null || row.value === null ? null : ours / row.value;
      return [
        { ...row, ratio, ...peerAim(peer, ratio) },
        ...partRows(measure, peer.name, others[index]),
      ];
    }),
  ];
}

type Aim = Pick<Row, "aim" | "met">;
const NO_AIM: Aim = { aim: null, met: null };

function ownAim({ under, atMost, atLeast, unit }: Measure, value: number | null): Aim {
  if (under !== undefined) {
    return { aim: `< ${under} ${unit}`, met: value === null ? null : value < under };
  }
  if (atMost !== undefined) {
    return { aim: `≤ ${atMost} ${unit}`, met: value === null ? null : value <= atMost };
  }
  if (atLeast !== undefined) {
    return { aim: `≥ ${atLeast} ${unit}`, met: value === null ? null : value >= atLeast };
  }
  return NO_AIM;
}

function peerAim({ atLeast, atMost }: Peer, ratio: number | null): Aim {
  if (atLeast !== undefined) {
    return {
      aim: `≥ ${Number(atLeast.toPrecision(2))} ×`,
      met: ratio === null ? null : ratio >= atLeast,
    };
  }
  if (atMost !== undefined) {
    return { aim: `≤ ${atMost} ×`, met: ratio === null ? null : ratio <= atMost };
  }
  return NO_AIM;
}

/** Further figures of a program, under its own. */
function partRows(measure: Measure, program: string, figures: Figures | undefined): Row[] {
  return (figures?.parts ?? []).map(({ name, unit, values }) => ({
    measure: measure.id,
    title: measure.title,
    program: `${program}: ${name}`,
    unit,
    value: median(values) ?? null,
    values,
    ratio: null,
    ...NO_AIM,
  }));
}

function facts({ id, title, unit }: Measure, program: string, figures: Figures | undefined) {
  const values = figures?.values ?? [];
  const base = { measure: id, title, program, unit, value: median(values) ?? null, values };
  const { unavailable } = figures ?? {};
  return unavailable === undefined ? base : { ...base, unavailable };
}
