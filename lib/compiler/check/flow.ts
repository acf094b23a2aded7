/**
 * Follows every way through the manifest: which names have a value, what is known of it, and whether
 * an approval lies behind. Where ways meet, only what holds on all of them goes on.
 */
import type { Bundle } from "../../bundle/bundle.ts";
import type { ApprovalStep, Catch, Json, Step } from "../../manifest/manifest.ts";
import type { Path } from "../../manifest/source.ts";
import type { ExpressionParser } from "../expression/parse.ts";
import { type Definition, type Index, listsOf } from "../index-steps.ts";
import type { Resolution } from "../resolve/resolution.ts";
import { type EvidenceClasses, evidenceClasses } from "./clearance.ts";
import { checkEffect } from "./effects.ts";
import { checkStepPolicy } from "./policies.ts";
import type { Report } from "./report.ts";
import { itemsOf, listOf, member, resolved, type Shape, shapeOf } from "./shape.ts";
import { shapesOf } from "./step-shapes.ts";
import { closedObject, Values, type View } from "./values.ts";

/** What holds at a place, whichever way led there. */
interface Facts {
  readonly names: ReadonlyMap<string, Shape | undefined>;
  /** An approval was given, or the rule of one granted it. */
  readonly approved: boolean;
}

/** After a step or a list; no facts where no way leads on. */
interface After {
  readonly facts: Facts | undefined;
  readonly result: Shape | undefined;
}

const NULL = shapeOf({ type: "null" });
const APPROVED = shapeOf({
  type: "object",
  additionalProperties: false,
  required: ["approval", "verdict", "by", "at", "reason", "category"],
  properties: {
    approval: { type: "string" },
    verdict: { const: "approved" },
    by: { type: "string" },
    at: { type: "string" },
    reason: { type: ["string", "null"] },
    category: { type: ["string", "null"] },
    edited: {},
  },
});

/** What is known of a field of a step's `with`. */
export type GivenShape = (field: string) => Shape | undefined;

/** Steps that are given something. */
type Given = Extract<Step, { kind: "task" | "model" | "agent" | "retrieve" | "memory" | "prompt" }>;

export class FlowCheck {
  readonly #bundle: Bundle;
  readonly #index: Index;
  readonly #report: Report;
  readonly #values: Values;
  readonly #today: string;
  readonly #resolution: Resolution;
  /** By map: how many items it can have, where that is known. */
  readonly bounds = new Map<string, number>();
  /** By approval whose policy has a clearance: classes of its evidence. */
  readonly classes = new Map<string, EvidenceClasses>();
  /** By step that uses components: what it is given. */
  readonly givens = new Map<string, GivenShape>();

  constructor(
    bundle: Bundle,
    index: Index,
    parser: ExpressionParser,
    report: Report,
    today: string,
    resolution: Resolution,
  ) {
    this.#bundle = bundle;
    this.#index = index;
    this.#report = report;
    this.#values = new Values(bundle, index, parser, report);
    this.#today = today;
    this.#resolution = resolution;
  }

  run(): void {
    const { manifest } = this.#bundle;
    const start: Facts = { names: new Map(), approved: false };
    this.#list(manifest.steps, ["steps"], start, false, this.#bundle.contracts.output);
    for (const [i, trigger] of manifest.triggers.entries()) {
      if (trigger.input === undefined) continue;
      const [here] = this.#index.steps;
      const names = new Map([["event", undefined]]);
      if (here === undefined) continue;
      this.#values.check(trigger.input, ["triggers", i, "input"], { here, names, catching: false });
    }
  }

  /** `output`: what the list's last step is expected to yield, if that is the run's output. */
  #list(
    steps: readonly Step[],
    path: Path,
    facts: Facts,
    catching: boolean,
    output?: Bundle["contracts"]["output"],
  ): After {
    let at: Facts = facts;
    let ended = false;
    let result: Shape | undefined;
    for (const [i, step] of steps.entries()) {
      const here = this.#index.byStep.get(step);
      if (here === undefined) continue;
      const expected = i === steps.length - 1 ? output : undefined;
      const after = this.#step(step, here, at, catching, expected);
      result = after.result;
      if (after.facts !== undefined) at = after.facts;
      else if (!ended) {
        ended = true;
        const next = steps[i + 1];
        if (next !== undefined) {
          this.#report.add(
            {
              code: "ESP308",
              message: `"${next.id}" never runs: every way to it ends before`,
              hint: `The last of them ends in "${step.id}". Remove what follows, or let one way go on.`,
            },
            this.#bundle.source.placeOf([...path, i + 1, "id"]),
          );
        }
      }
    }
    return { facts: ended ? undefined : at, result };
  }

  #step(
    step: Step,
    here: Definition,
    before: Facts,
    catching: boolean,
    output: Bundle["contracts"]["output"] | undefined,
  ): After {
    const view: View = { here, names: before.names, catching };
    if (step.if !== undefined) this.#values.check(step.if, [...here.path, "if"], view);
    const body = this.#body(step, here, before, view, output);
    const caught = this.#catches(step, here, before, view, output);
    const ways = [...body, ...caught];
    if (step.if !== undefined) ways.push({ facts: before, result: NULL });
    const onward = ways.filter((way) => way.facts !== undefined);
    if (onward.length === 0) return { facts: undefined, result: undefined };
    const facts = onward.map((way) => way.facts ?? before).reduce(meet);
    const result = this.#common(onward, step.if !== undefined);
    // An approval that may be skipped, or whose failure is caught and passed over, is none.
    return { facts: { ...facts, names: new Map(facts.names).set(step.id, result) }, result };
  }

  #common(ways: readonly After[], skippable: boolean): Shape | undefined {
    const [first, ...rest] = ways;
    if (rest.length === 0) return first?.result;
    if (!skippable || rest.length > 1 || first?.result === undefined) return undefined;
    return { ...first.result, nullable: true };
  }

  /** The ways out of the step itself; what its catches add comes later. */
  #body(
    step: Step,
    here: Definition,
    before: Facts,
    view: View,
    output: Bundle["contracts"]["output"] | undefined,
  ): After[] {
    const { path } = here;
    const value = (key: string, given: Json | undefined) =>
      given === undefined ? undefined : this.#values.check(given, [...path, key], view);
    const on = (result: Shape | undefined, facts: Facts = before): After[] => [{ facts, result }];
    const yields = (given: Json, key: string): Shape | undefined =>
      output === undefined
        ? value(key, given)
        : this.#values.checkAgainst(given, [...path, key], view, expectation(output), "the output");
    switch (step.kind) {
      case "task": {
        const contract = this.#bundle.handlers.get(step.id);
        const input = contract && shapeOf(contract.input);
        this.#with(step, step.with ?? {}, view, input, `the input of "${step.id}"`);
        checkEffect(
          step,
          here,
          before.approved,
          this.#index,
          this.#bundle,
          this.#today,
          this.#report,
        );
        const result = contract && shapeOf(contract.output);
        this.#output(result, output, here);
        return on(result);
      }
      case "model":
      case "agent":
      case "retrieve":
      case "memory":
      case "prompt": {
        const resolved = this.#resolution.get(step.id);
        const given = step.with ?? {};
        const { inputs, output: yielded } = shapesOf(step, resolved);
        if (inputs.length === 0) value("with", step.with);
        for (const { shape, what } of inputs) this.#with(step, given, view, shape, what);
        if (resolved) this.givens.set(step.id, this.#given(given, [...path, "with"], view));
        this.#output(yielded, output, here);
        return on(yielded);
      }
      case "approval":
        value("required", step.required);
        this.#policy(step, value("with", step.with), view);
        return on(APPROVED, { ...before, approved: true });
      case "set":
        return on(yields(step.set, "set"));
      case "succeed":
        // Inside of a map or a branch it ends only that; the run's output is nothing to it there.
        if (here.containers.some(({ kind }) => kind === "map" || kind === "branch")) {
          value("succeed", step.succeed);
        } else {
          const expected = expectation(this.#bundle.contracts.output);
          this.#values.checkAgainst(
            step.succeed,
            [...path, "succeed"],
            view,
            expected,
            "the output",
          );
        }
        return [];
      case "fail":
        value("fail", { ...step.fail });
        return [];
      case "wait":
        if (typeof step.wait === "object") value("wait", { ...step.wait });
        else value("wait", step.wait);
        return on(NULL);
      case "emit":
        value("with", step.with);
        return on(undefined);
      case "workflow":
        value("with", step.with);
        return on(undefined);
      case "switch": {
        for (const [i, way] of step.switch.entries()) {
          if ("when" in way) this.#values.check(way.when, [...path, "switch", i, "when"], view);
        }
        const ways = this.#lists(step, here, before, view, "case", output);
        const complete = step.switch.some((way) => "otherwise" in way);
        return complete ? ways : [...ways, { facts: before, result: NULL }];
      }
      case "parallel": {
        const branches = this.#lists(step, here, before, view, "branch");
        const names = Object.keys(step.parallel);
        const result = closedObject(names.map((name, i) => [name, branches[i]?.result]));
        this.#output(result, output, here);
        return on(result);
      }
      case "map": {
        const list = this.#values.check(step.map, [...path, "map"], view);
        const item = { ...before, names: new Map(before.names).set(step.as, itemsOf(list)) };
        const [body] = this.#lists(step, here, item, view, "map");
        const bound = resolved(list)?.maxItems;
        if (typeof bound === "number") this.bounds.set(step.id, bound);
        const result = listOf(body?.result);
        this.#output(result, output, here);
        return on(result);
      }
      case "repeat": {
        const [body] = this.#lists(step, here, before, view, "repeat");
        if (body?.facts === undefined) return [];
        const until: View = { ...view, here: inside(here, this.#index), names: body.facts.names };
        this.#values.check(step.repeat.until, [...path, "repeat", "until"], until);
        // Its body ran at least once; but its names stay its own.
        return on(body.result, { names: before.names, approved: body.facts.approved });
      }
      default:
        return step satisfies never;
    }
  }

  #lists(
    step: Step,
    here: Definition,
    facts: Facts,
    view: View,
    kind: "case" | "branch" | "map" | "repeat" | "catch",
    output?: Bundle["contracts"]["output"],
  ): After[] {
    return listsOf(step, here.path)
      .filter(({ container }) => container.kind === kind)
      .map(({ steps, path }) =>
        this.#list(steps, path, facts, view.catching || kind === "catch", output),
      );
  }

  #catches(
    step: Step,
    here: Definition,
    before: Facts,
    view: View,
    output: Bundle["contracts"]["output"] | undefined,
  ): After[] {
    if (!("catch" in step)) return [];
    const values = step.catch.flatMap((clause: Catch, i): After[] => {
      if ("steps" in clause) return [];
      const path = [...here.path, "catch", i, "value"];
      const result = this.#values.check(clause.value, path, { ...view, catching: true });
      return [{ facts: before, result }];
    });
    return [...values, ...this.#lists(step, here, before, view, "catch", output)];
  }

  #policy(step: ApprovalStep, given: Shape | undefined, view: View): void {
    const policy = this.#bundle.approvals.get(step.approval);
    if (!policy) return;
    const { path } = view.here;
    if (policy.clearance) {
      const isObject = typeof step.with === "object" && !Array.isArray(step.with);
      const fields = isObject ? Object.keys(step.with ?? {}) : [];
      const shapes = this.#given(step.with ?? {}, [...path, "with"], view);
      this.classes.set(step.id, evidenceClasses(fields, shapes, given));
    }
    const named = this.#bundle.source.placeOf([...path, "approval"]);
    // A `with` of which nothing is known may hold anything; one that is not there holds nothing.
    if (step.with !== undefined && given === undefined) return;
    const used = { policy, path: step.approval, named };
    checkStepPolicy(step.id, used, given, { bundle: this.#bundle, report: this.#report });
  }

  #with(step: Given, given: Json, view: View, input: Shape | undefined, what: string): void {
    const { path } = view.here;
    // Without a `with`, findings stand at what names the work.
    const at = step.with === undefined ? [...path, step.kind] : [...path, "with"];
    this.#values.checkAgainst(given, at, view, input, what);
  }

  /** What is known of each field that a step is given. */
  #given(given: Json, path: Path, view: View): GivenShape {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      const whole = this.#values.check(given, path, view);
      return (field) => {
        const found = member(whole, field);
        return "absent" in found ? undefined : found.shape;
      };
    }
    const fields = Object.entries(given).map(
      ([key, item]) => [key, this.#values.check(item, [...path, key], view)] as const,
    );
    const shapes = new Map(fields);
    return (field) => shapes.get(field);
  }

  /** A task that ends the run yields the run's output. */
  #output(
    result: Shape | undefined,
    output: Bundle["contracts"]["output"] | undefined,
    here: Definition,
  ): void {
    if (output === undefined || result === undefined || here.step.if !== undefined) return;
    this.#values.fits(result, expectation(output), `the output (of "${here.name}")`, [
      ...here.path,
      here.step.kind,
    ]);
  }
}

function expectation(output: Bundle["contracts"]["output"]): Shape | undefined {
  return output === true ? undefined : shapeOf(output);
}

/** What holds on both ways: names that both define, an approval that both have behind them. */
function meet(a: Facts, b: Facts): Facts {
  if (a.names === b.names) return { names: a.names, approved: a.approved && b.approved };
  const names = new Map<string, Shape | undefined>();
  for (const [name, shape] of a.names) if (b.names.has(name)) names.set(name, shape);
  return { names, approved: a.approved && b.approved };
}

/** The place of a repeat's `until`: beside the last step of its body. */
function inside(repeat: Definition, index: Index): Definition {
  const containers = index.steps.find((one) =>
    one.containers.some(({ step, kind }) => step === repeat.step && kind === "repeat"),
  )?.containers;
  const upTo = containers?.findIndex(({ step }) => step === repeat.step) ?? -1;
  return { ...repeat, name: "", containers: containers?.slice(0, upTo + 1) ?? repeat.containers };
}
