import measure from "fast-string-truncated-width";

export interface Column {
  readonly title?: string;
  readonly align?: "left" | "right";
  /** This column gives way when the table is wider than the terminal. */
  readonly shrink?: boolean;
  /** Paints a finished cell; never changes its width. */
  readonly paint?: (cell: string, row: number) => string;
}

const GAP = "  ";
/** A shrunk column keeps at least this many columns. */
const LEAST = 8;

/**
 * Lines of a table in at most `width` terminal columns; wide characters count as two. Cells must be
 * free of control characters. Without any title there is no heading line.
 */
export function renderTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const headed = columns.some(({ title }) => title !== undefined);
  const widths = columns.map(({ title }, index) =>
    Math.max(displayWidth(title ?? ""), ...rows.map((row) => displayWidth(row[index] ?? ""))),
  );
  const excess = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - width;
  const giving = columns.findIndex(({ shrink }) => shrink);
  if (excess > 0 && giving >= 0) {
    widths[giving] = Math.max(LEAST, (widths[giving] ?? 0) - excess);
  }
  const line = (cells: readonly string[], row?: number) =>
    columns
      .map((column, index) => {
        const cell = cells[index] ?? "";
        const room = widths[index] ?? 0;
        const padded = fit(cell, room, column.align ?? "left");
        return row === undefined || cell === "" ? padded : (column.paint?.(padded, row) ?? padded);
      })
      .join(GAP)
      .trimEnd();
  const body = rows.map((row, index) => line(row, index));
  return headed ? [line(columns.map(({ title }) => title ?? "")), ...body] : body;
}

/** Columns that the text takes on a terminal. */
export function displayWidth(text: string): number {
  return measure(text).width;
}

/** The text cut to at most `width` columns, with `…` where something was left out. */
export function truncate(text: string, width: number): string {
  const cut = measure(text, { limit: Math.max(1, width), ellipsis: "…" });
  return cut.truncated ? `${text.slice(0, cut.index)}${cut.ellipsed ? "…" : ""}` : text;
}

function fit(text: string, width: number, align: "left" | "right"): string {
  const cut = truncate(text, width);
  const space = " ".repeat(Math.max(0, width - displayWidth(cut)));
  return align === "left" ? cut + space : space + cut;
}
