import { renderTable } from "../lib/cli/text/table.ts";
import type { Row } from "./verdict.ts";

/** The table as lines of text; each measure is a heading with its programs under it. */
export function renderRows(rows: readonly Row[]): string[] {
  const cells: string[][] = [];
  let heading = "";
  for (const row of rows) {
    if (row.title !== heading) {
      heading = row.title;
      cells.push([heading]);
    }
    cells.push([
      `  ${row.program}`,
      row.value === null ? "not here" : figure(row.value),
      row.value === null ? "" : row.unit,
      row.ratio === null ? "" : `${figure(row.ratio)} ×`,
      row.aim ?? "",
      row.met === null ? "" : row.met ? "met" : "NOT MET",
    ]);
  }
  // A heading may run over the figures' columns: only the programs decide the first column's width.
  const columns = [{}, { align: "right" }, {}, { align: "right" }, { align: "right" }, {}] as const;
  const bodies = renderTable(
    columns,
    cells.filter((row) => row.length > 1),
    Number.POSITIVE_INFINITY,
  );
  const lines = cells.map((row) => (row.length > 1 ? (bodies.shift() ?? "") : (row[0] ?? "")));
  return [...lines, ...missing(rows)];
}

function missing(rows: readonly Row[]): string[] {
  const reasons = new Set(
    rows.flatMap(({ program, unavailable }) =>
      unavailable === undefined ? [] : [`${program} is not available here: ${unavailable}`],
    ),
  );
  return reasons.size === 0 ? [] : ["", ...reasons];
}

/** Three significant digits are more than the machine's noise lets one trust. */
function figure(value: number): string {
  const digits = value >= 1000 ? Number(value.toPrecision(3)) : value;
  return digits.toLocaleString("en", { maximumFractionDigits: digits < 100 ? 2 : 0 });
}
