/** The report for people, in Markdown. */
import type { Counts, Decision } from "./decision.ts";

export interface ReportContent {
  readonly subject: string;
  readonly counts: Counts;
  readonly decisions: readonly Decision[];
  readonly expired: readonly string[];
  readonly approval: { readonly by: string; readonly at: string; readonly reason: string | null };
  readonly run: { readonly id: string; readonly digest: string };
}

export function renderMarkdown(content: ReportContent): string {
  const { subject, counts, decisions, expired, approval, run } = content;
  const lines = [
    `# Licence review of ${plain(subject)}`,
    "",
    `${counts.components} components: ${counts.allowed} allowed, ${counts.denied} denied, ${counts.unclear} unclear.`,
    "",
    approval.by === "rule"
      ? `Nothing was left to decide: granted by rule, ${approval.at}.`
      : `Approved by ${plain(approval.by)}, ${approval.at}${approval.reason ? `: ${plain(approval.reason)}` : "."}`,
    "",
    `Run ${run.id} of bundle ${run.digest}.`,
    "",
  ];
  for (const [verdict, title] of [
    ["denied", "Denied by the policy"],
    ["unclear", "Not settled by the policy"],
    ["allowed", "Allowed"],
  ] as const) {
    const chosen = decisions.filter((decision) => decision.verdict === verdict);
    if (chosen.length === 0) continue;
    lines.push(`## ${title} (${chosen.length})`, "");
    lines.push("| component | licence | reason |", "| --- | --- | --- |");
    for (const { component, licence, reason, evidence } of chosen) {
      const quotes = evidence.map(
        ({ file, line, quote, digest }) => `${file}:${line} “${quote}” (${digest.slice(0, 19)}…)`,
      );
      lines.push(
        `| ${[component, licence || "–", [reason, ...quotes].join("; ")].map(plain).join(" | ")} |`,
      );
    }
    lines.push("");
  }
  if (expired.length > 0) {
    lines.push("## Expired exceptions", "", ...expired.map((entry) => `- ${plain(entry)}`), "");
  }
  return lines.join("\n");
}

/** Texts come from strangers' packages: they must not become markup, links or rows of their own. */
function plain(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\`*_[\]<>#|!~]/g, "\\$&");
}
