/** Findings about code that compiles, but cannot be used as what it is named for. */
import type { Diagnostic } from "../manifest/diagnostic.ts";
import type { Inspected } from "./read-contracts.ts";

/** Code that is named as a stand-in: as nothing else, or also as the code of a step. */
export type UsedAsStandIn = "only" | "step too";

/** What is wrong with code that is used so; `file` as people type it. */
export function findingsAbout(
  inspected: Inspected,
  file: string,
  standIn: UsedAsStandIn | undefined,
): readonly Diagnostic[] {
  const { type } = inspected;
  if (standIn && type !== "threw" && type !== "stand-in") return [noStandIn(file)];
  if (type === "contract" || (type === "stand-in" && standIn === "only")) return [];
  return refused(inspected, file);
}

function refused(inspected: Exclude<Inspected, { type: "contract" }>, file: string): Diagnostic[] {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 2 };
  const find = (code: string, message: string, hint: string): Diagnostic => ({
    code,
    severity: "error",
    message,
    hint,
    place,
  });
  switch (inspected.type) {
    case "no-step":
      return [
        find(
          "ESP706",
          `the default export is no step, but ${withArticle(inspected.found)}`,
          'Import step from "espalier" and write: export default step({ input, output, run });',
        ),
      ];
    case "threw":
      return [
        find(
          "ESP707",
          `the handler cannot be loaded: ${inspected.message.slice(0, 300)}`,
          "Only declarations belong on the top level of a handler; work belongs into run.",
        ),
      ];
    case "no-contract":
      return inspected.problems.map(({ side, path, message }) =>
        find(
          "ESP403",
          `the handler's ${side}${path} is no JSON Schema: ${message}`,
          "Describe what travels as JSON, and convert it inside of run.",
        ),
      );
    case "stand-in":
      return [
        find(
          "ESP706",
          "the default export is no step, but a stand-in",
          "Name it under `standIn`; what does a step's work is made by step({ input, output, run }).",
        ),
      ];
    default:
      return inspected satisfies never;
  }
}

function withArticle(type: string): string {
  return type === "undefined" || type === "null"
    ? type
    : `${type === "object" ? "an" : "a"} ${type}`;
}

function noStandIn(file: string): Diagnostic {
  return {
    code: "ESP862",
    severity: "error",
    message: "the default export is no stand-in",
    hint: 'Import standIn from "espalier" and write: export default standIn((request, context) => …);',
    place: { file, line: 1, column: 1, endLine: 1, endColumn: 2 },
  };
}
