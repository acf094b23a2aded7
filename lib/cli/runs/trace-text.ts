/** A trace for people: one line a span, at any width. */
import type { Span, Trace } from "../../runtime/trace/span.ts";
import type { Output } from "../output.ts";
import { safeText } from "../text/safe-text.ts";
import { renderTable } from "../text/table.ts";
import { formatMilliseconds } from "../text/time-text.ts";
import { money } from "./usage-text.ts";

export function traceTable({ spans }: Trace, out: Pick<Output, "color" | "width">): string[] {
  const depths = new Map<string, number>();
  const rows = spans.map((span) => {
    const depth = span.parent === null ? 0 : (depths.get(span.parent) ?? 0) + 1;
    depths.set(span.id, depth);
    return [
      `${"  ".repeat(depth)}${safeText(span.name)}${iterationText(span)}`,
      span.hasEnded ? formatMilliseconds(span.end - span.start) : "",
      tokensOf(span),
      costOf(span),
      endOf(span),
    ];
  });
  return renderTable(
    [
      { title: "SPAN", shrink: true },
      { title: "TOOK", align: "right" },
      { title: "TOKENS", align: "right" },
      { title: "COST", align: "right" },
      {
        title: "END",
        paint: (cell, row) => (spans[row]?.error ? out.color.red(cell) : out.color.dim(cell)),
      },
    ],
    rows,
    out.width,
  );
}

function iterationText({ attributes }: Span): string {
  const iteration = attributes["espalier.step.iteration"];
  return iteration === undefined ? "" : safeText(`[${iteration}]`);
}

function tokensOf({ attributes }: Span): string {
  const tokens = [
    attributes["gen_ai.usage.input_tokens"],
    attributes["gen_ai.usage.output_tokens"],
  ];
  const [input, output] = tokens;
  return input === undefined ? "" : `${input} + ${output}`;
}

function costOf({ attributes }: Span): string {
  const cost = attributes["espalier.cost"];
  return typeof cost === "number"
    ? `${money(cost)} ${safeText(String(attributes["espalier.cost.currency"] ?? ""))}`.trimEnd()
    : "";
}

/** The error, the model's stop reason, or what became of the step. */
function endOf({ error, hasEnded, attributes }: Span): string {
  if (error !== null) return safeText(error);
  if (!hasEnded) return "goes on";
  const operation = attributes["gen_ai.operation.name"];
  const reasons = attributes["gen_ai.response.finish_reasons"];
  if (operation === "chat" && Array.isArray(reasons)) return safeText(reasons.join(", "));
  const end = attributes["espalier.approval.status"] ?? attributes["espalier.step.outcome"];
  return end === undefined || end === "succeeded" ? "" : safeText(String(end));
}
