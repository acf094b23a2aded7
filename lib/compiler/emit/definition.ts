/** The state machine of a manifest that has been checked. Pure; same manifest, same bytes. */
import type { Bundle } from "../../bundle/bundle.ts";
import { EXPRESS_SECONDS } from "../../runtime/express.ts";
import type { JsonObject } from "../../runtime/json.ts";
import type { EvidenceClasses } from "../check/clearance.ts";
import type { ExpressionParser } from "../expression/parse.ts";
import type { Index } from "../index-steps.ts";
import { VariableNames } from "../names.ts";
import type { Resolution } from "../resolve/resolution.ts";
import { functionSeconds } from "../resolve/seconds.ts";
import { toolPolicies } from "../resolve/tool-policies.ts";
import { Emitter } from "./emitter.ts";
import { arrange, openScope } from "./scope.ts";
import { configCode, Translator } from "./translate.ts";
import { runFields, WorkStates } from "./work-states.ts";

export function emitDefinition(
  bundle: Bundle,
  index: Index,
  parser: ExpressionParser,
  resolution: Resolution,
  classes: ReadonlyMap<string, EvidenceClasses>,
): JsonObject {
  const { manifest, approvals } = bundle;
  const translator = new Translator(
    parser,
    runFields(manifest),
    configCode(manifest.config as JsonObject),
  );
  const names = new VariableNames([...index.names.keys(), ...index.read]);
  const emitter = new Emitter({
    translator,
    work: new WorkStates(manifest, translator, names, classes),
    names,
    approvals,
    toolPolicies: toolPolicies(resolution),
    express: manifest.type === "express",
    seconds: (step) => functionSeconds(step, resolution),
    read: index.read,
  });
  // "run" is reserved, so no step can have the name of the closing state.
  const scope = openScope("run", false);
  const around = { items: new Set<string>(), iteration: undefined, error: undefined };
  emitter.whole(manifest.steps, { scope, around });
  const { duration } = manifest.limits;
  const seconds =
    manifest.type === "express" ? Math.min(duration ?? EXPRESS_SECONDS, EXPRESS_SECONDS) : duration;
  return arrange({
    ...(manifest.description !== undefined && { Comment: manifest.description }),
    QueryLanguage: "JSONata",
    ...scope.machine,
    ...(seconds !== undefined && { TimeoutSeconds: seconds }),
  });
}
