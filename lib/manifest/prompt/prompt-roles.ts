/** The order of a prompt's parts, and what each of them must have. */
import type { Place } from "../diagnostic.ts";
import type { PromptPart, PromptPiece, PromptRole } from "./prompt-document.ts";
import type { PromptFinding } from "./prompt-finding.ts";

/** A part while it is read. */
export interface OpenPart {
  readonly role: PromptRole;
  /** Place of its heading. */
  readonly place: Place;
  readonly pieces: PromptPiece[];
}

/** What Bedrock takes in one request. */
const MAX_CACHE_POINTS = 4;

/**
 * Systems first, then users and assistants in turn, users at both ends: what Converse takes. Texts
 * are joined, and cut off at blank ends.
 */
export function checkRoles(
  open: readonly OpenPart[],
  file: string,
): { readonly parts: readonly PromptPart[]; readonly findings: readonly PromptFinding[] } {
  const findings: PromptFinding[] = [];
  const report = (place: Place, message: string, hint: string, cache = false) =>
    findings.push({ problem: cache ? "cache" : "roles", severity: "error", message, hint, place });
  let before: OpenPart | undefined;
  for (const part of open) {
    const { role, place } = part;
    if (role === "system" && before && before.role !== "system") {
      report(place, "a system part stands behind others", "Put all system parts first.");
    } else if (role === "assistant" && before?.role !== "user") {
      report(place, "an assistant part must follow a user part", "Put what is answered before it.");
    } else if (role === "user" && before?.role === "user") {
      report(
        place,
        "two user parts stand in a row",
        "Join them, or put an assistant part between.",
      );
    }
    before = part;
  }
  const last = open.at(-1);
  if (last?.role === "assistant") {
    report(last.place, "the prompt ends with an assistant part", "End it with a user part.");
  }
  if (!open.some(({ role }) => role === "user")) {
    report(
      last?.place ?? { file, line: 1, column: 1, endLine: 1, endColumn: 2 },
      "the prompt has no user part",
      "Add the heading # user, and below it what the model is to answer.",
    );
  }
  const parts = open.map(({ role, pieces, place }): PromptPart => {
    const joined = join(pieces);
    if (!joined.some((piece) => !("cache" in piece))) {
      report(place, "this part is empty", "Write below the heading, or remove it.");
    } else if (joined[0] && "cache" in joined[0]) {
      report(place, "a cache point stands before any text of its part", "Put it behind.", true);
    }
    return { role, pieces: joined };
  });
  const points = parts.flatMap(({ pieces }) => pieces.filter((piece) => "cache" in piece));
  if (points.length > MAX_CACHE_POINTS && last) {
    report(
      last.place,
      `the prompt has ${points.length} cache points; ${MAX_CACHE_POINTS} are possible`,
      "Keep those behind what changes least.",
      true,
    );
  }
  return { parts, findings };
}

/** Neighbouring texts as one, without blank lines at the ends of the part and around cache points. */
function join(pieces: readonly PromptPiece[]): PromptPiece[] {
  const joined: PromptPiece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    if ("text" in piece && last && "text" in last)
      joined[joined.length - 1] = { text: last.text + piece.text };
    else joined.push(piece);
  }
  const isEdge = (piece: PromptPiece | undefined) => piece === undefined || "cache" in piece;
  return joined
    .map((piece, index) => {
      if (!("text" in piece)) return piece;
      let { text } = piece;
      if (isEdge(joined[index - 1])) text = text.replace(/^(?:[^\S\n]*\n)+/, "");
      if (isEdge(joined[index + 1])) text = text.trimEnd();
      return { text };
    })
    .filter((piece) => !("text" in piece) || piece.text !== "");
}
