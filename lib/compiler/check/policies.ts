/** What policies of approvals name elsewhere: people in the evidence, fields of the proposal. */
import type { Bundle } from "../../bundle/bundle.ts";
import type { ApprovalPolicy } from "../../manifest/approval-policy.ts";
import type { Place } from "../../manifest/diagnostic.ts";
import { nearest } from "../../manifest/nearest.ts";
import type { Path, SourceMap } from "../../manifest/source.ts";
import { parseYaml } from "../../manifest/yaml.ts";
import { stagesOf } from "../../runtime/approval/stages.ts";
import { MAX_NAME, STATES } from "../names.ts";
import type { ResolvedAgent } from "../resolve/resolution.ts";
import type { Report } from "./report.ts";
import { itemsOf, member, type Shape, shapeOf, typesOf } from "./shape.ts";

/** A policy where a step uses it. */
export interface UsedPolicy {
  readonly policy: ApprovalPolicy;
  /** As the manifest spells it. */
  readonly path: string;
  /** Where it is named: for a policy whose own text is not at hand. */
  readonly named: Place;
}

/** What is found missing: the name, and those that would be there. */
interface Missing {
  readonly name: string;
  readonly known: readonly string[];
}

/** @param given what is known of the step's `with`; undefined if it has none */
export function checkStepPolicy(
  id: string,
  used: UsedPolicy,
  given: Shape | undefined,
  { bundle, report }: { readonly bundle: Bundle; readonly report: Report },
): void {
  const { policy } = used;
  const place = placesIn(used, bundle);
  const shape = given ?? shapeOf({ type: "object", additionalProperties: false });
  for (const { from, path } of peopleInData(policy)) {
    const missing = missingAt(shape, from.split("."));
    if (!missing) continue;
    report.add(
      {
        code: "ESP517",
        message: `the evidence of "${id}" has no "${missing.name}", so "${from}" names nobody`,
        hint: hintOf(missing, `The step's "with" makes the evidence: put it there.`),
      },
      place([...path, "from"]),
    );
  }
  if (policy.edit.length === 0) return;
  const proposal = proposalOf(shape);
  if ("absent" in proposal) {
    report.add(
      {
        code: "ESP518",
        message: `"${id}" proposes nothing that could be changed`,
        hint: `Give the step what will be done as "proposal" in its "with", or leave out "edit".`,
      },
      place(["edit"]),
    );
    return;
  }
  checkEdit(policy, [proposal.shape], `the proposal of "${id}"`, place, report);
}

/** A policy of an agent: what it asks about is the call of a tool, written by the model. */
export function checkAgentPolicy(
  used: UsedPolicy,
  agent: ResolvedAgent,
  { bundle, report }: { readonly bundle: Bundle; readonly report: Report },
): void {
  const { policy } = used;
  const { agent: name, approve } = agent.agent.file;
  const place = placesIn(used, bundle);
  for (const { from, path } of peopleInData(policy)) {
    report.add(
      {
        code: "ESP519",
        message: `"${name}" asks about what a model wrote, and a model does not choose who approves: "${from}"`,
        hint: "Name addresses or a group.",
      },
      place([...path, "from"]),
    );
  }
  if (policy.edit.length === 0) return;
  const inputs = agent.tools
    .filter(({ document }) => approve?.tools.includes(document.name))
    .map(({ document }) => shapeOf(document.input));
  checkEdit(policy, inputs, `no call that "${name}" asks about`, place, report);
}

/** States in which an agent's question waits have longer names than the step, and those have an end. */
export function checkStateNames(
  id: string,
  policy: ApprovalPolicy,
  named: Place,
  report: Report,
): void {
  const question = STATES.approval(id);
  const stages = stagesOf(policy).map(({ name }) => STATES.stage(question, name));
  const names = policy.businessHours ? [STATES.schedule(question), ...stages] : stages;
  const longest = names.reduce((a, b) => (b.length > a.length ? b : a));
  if (longest.length <= MAX_NAME) return;
  report.add(
    {
      code: "ESP607",
      message: `the state "${longest}" would have ${longest.length} characters; ${MAX_NAME} are possible`,
      hint: `Give the step a name of at most ${id.length - longest.length + MAX_NAME} characters.`,
    },
    named,
  );
}

/** Each field has to be in one of these proposals. */
function checkEdit(
  { edit }: ApprovalPolicy,
  proposals: readonly (Shape | undefined)[],
  what: string,
  place: (path: Path) => Place,
  report: Report,
): void {
  for (const [index, field] of edit.entries()) {
    if (field === "*") continue;
    const found = proposals.map((shape) => missingAt(shape, field.split(".")));
    const [missing] = found;
    if (!missing || found.includes(undefined)) continue;
    const message = what.startsWith("no ")
      ? `${what} has a "${field}"`
      : `${what} has no "${missing.name}", which "edit" lets people change`;
    report.add({ code: "ESP518", message, hint: hintOf(missing) }, place(["edit", index]));
  }
}

function hintOf({ name, known }: Missing, otherwise?: string): string | undefined {
  const near = nearest(name, known);
  if (near) return `Did you mean "${near}"?`;
  return known.length > 0 ? `It has ${known.slice(0, 12).join(", ")}.` : otherwise;
}

/** As the runtime finds it: `after` stands for `proposal` where that is not given. */
function proposalOf(shape: Shape): ReturnType<typeof member> {
  const named = member(shape, "proposal");
  return "absent" in named ? member(shape, "after") : named;
}

/** The first name on a dotted path that no such value has; undefined if it may be there. */
function missingAt(shape: Shape | undefined, names: readonly string[]): Missing | undefined {
  let at = shape;
  for (const name of names) {
    const types = typesOf(at);
    if (at === undefined || types === undefined) return undefined;
    if (types.has("array") && /^(\d+|\*)$/.test(name)) {
      at = itemsOf(at);
      continue;
    }
    if (!types.has("object")) return { name, known: [] };
    if (name === "*") return undefined;
    const found = member(at, name);
    if ("absent" in found) return { name, known: found.absent };
    at = found.shape;
  }
  return undefined;
}

function peopleInData({
  approvers,
  escalation,
  delegation,
}: ApprovalPolicy): { readonly from: string; readonly path: Path }[] {
  const lists: readonly { readonly list: ApprovalPolicy["approvers"]; readonly path: Path }[] = [
    { list: approvers, path: ["approvers"] },
    ...escalation.map((level, i) => ({
      list: level.approvers,
      path: ["escalation", i, "approvers"],
    })),
    ...(typeof delegation === "object"
      ? [{ list: delegation.to, path: ["delegation", "to"] }]
      : []),
  ];
  return lists.flatMap(({ list, path }) =>
    list.flatMap((one, i) =>
      typeof one === "object" && "from" in one ? [{ from: one.from, path: [...path, i] }] : [],
    ),
  );
}

/** Places in the policy's own file; where its text is not at hand, all are where it is named. */
function placesIn({ path, named }: UsedPolicy, bundle: Bundle): (at: Path) => Place {
  let source: SourceMap | undefined;
  const bytes = bundle.sources.get(path);
  if (bytes) {
    const folder = bundle.source.file.replace(/[^/]*$/, "");
    source = parseYaml(Buffer.from(bytes).toString("utf8"), `${folder}${path}`).source;
  }
  return (at) => source?.placeOf(at) ?? named;
}
