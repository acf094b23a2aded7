import { around, type BundleView, configRead, stepIn, type Taken, takenIn } from "./bundle-view.ts";
import { type Causes, changes, circumstance, distinct, via } from "./causes.ts";
import { isSame, type JsonPath, overlaps, within } from "./json-differences.ts";
import type { Found, StepPair } from "./pair-steps.ts";
import { isStructure } from "./side.ts";
import type { StepChanges } from "./step-changes.ts";
import type { Sides, StepPlace } from "./three-way.ts";

export class CauseTracer {
  readonly #pairs: readonly StepPair[];
  readonly #views: Sides<BundleView>;
  readonly #changes: StepChanges;
  /** The step that the replay has given another input; undefined: none. */
  readonly #repaired: string | undefined;
  /** What is being looked at: steps of a repeat take data from each other. */
  readonly #open = new Set<string>();

  constructor(
    pairs: readonly StepPair[],
    views: Sides<BundleView>,
    changes: StepChanges,
    repaired?: string,
  ) {
    this.#repaired = repaired;
    this.#pairs = pairs;
    this.#views = views;
    this.#changes = changes;
  }

  /** Never empty: where nothing explains it, that is said. */
  because(pair: StepPair, { aspect, path }: Found): Causes {
    const found = distinct(this.#causes(pair, aspect, path));
    if (found.length > 0) return found;
    const what = pair.cause?.what ?? "nothing that is different between the bundles leads here";
    return [{ kind: "unknown", what, via: [] }];
  }

  /** Of the run's own output, and of its end. */
  becauseOfEnd(path: JsonPath): Causes {
    const { plan } = this.#views.current;
    const last = plan.steps.filter(({ parent }) => parent === null).at(-1)?.id;
    const stopped = this.#pairs.filter(({ old, current }) => {
      return [old, current].some((side) => side && ["failed", "aborted"].includes(side.outcome));
    });
    const found = distinct([
      ...stopped.flatMap((pair) => via(pair.step, this.#given(pair, path))),
      ...(stopped.length === 0 && last !== undefined ? this.#lastCauses(last, path) : []),
    ]);
    if (found.length > 0) return found;
    return [{ kind: "unknown", what: "no step explains it", via: [] }];
  }

  /** The last step's value is the run's output; as a `set` it rides on the end, and is no step of the history. */
  #lastCauses(last: string, path: JsonPath): Causes {
    const place = { step: last, iteration: "" };
    const own = this.#rowsOf(last, "").flatMap((pair) => via(last, this.#given(pair, path)));
    return [...own, ...via(last, this.#dataCauses(place, "set", path))];
  }

  #causes(pair: StepPair, aspect: Found["aspect"], path: JsonPath): Causes {
    switch (aspect) {
      case "path":
        return this.#pathCauses(pair);
      case "decision":
        return pair.kind === "switch" ? this.#choiceCauses(pair) : this.#requestCauses(pair, []);
      case "request":
        return this.#requestCauses(pair, path);
      case "cost": {
        const prices = changes(this.#changes.ofPrices(pair.step));
        return prices.length > 0 ? prices : this.#outputCauses(pair, []);
      }
      case "duration":
        return [...changes(this.#changes.ofStep(pair.step)), ...this.#outputCauses(pair, [])];
      default:
        return this.#outputCauses(pair, path);
    }
  }

  /** Why a step gives something else, or is not there to give anything. */
  #given(pair: StepPair, path: JsonPath): Causes {
    const isPath = pair.old?.outcome !== pair.current?.outcome;
    if (!isPath) return this.#outputCauses(pair, path);
    const found = this.#outputCauses(pair, []);
    return found.length > 0 && pair.old && pair.current ? found : this.#pathCauses(pair);
  }

  #outputCauses(pair: StepPair, path: JsonPath): Causes {
    return this.#once(`output ${pair.key} ${path.join(".")}`, () => {
      const { step, kind } = pair;
      if (isStructure(kind)) return this.#insideCauses(pair, path);
      if (kind === "set") return this.#dataCauses(pair, "set", path);
      const named = changes(this.#changes.ofNamed(step, pair.files));
      const asked = pair.request.length > 0 ? this.#requestCauses(pair, []) : [];
      const config = kind === "task" ? changes(this.#changes.ofConfig("all")) : [];
      const repaired = step === this.#repaired ? REPAIRED : [];
      const found = [...circumstance(pair), ...repaired, ...named, ...asked, ...config];
      return found.length > 0 ? found : changes(this.#changes.ofStep(step));
    });
  }

  /** Of a structure: why the steps inside give something else, or why they are others. */
  #insideCauses(pair: StepPair, path: JsonPath): Causes {
    const { step, kind } = pair;
    const inside = this.#inside(pair);
    const isOther = inside.length === 0 || inside.some(isElsewhere) || isChosenAnew(pair);
    const choice = kind === "switch" ? this.#choiceCauses(pair) : this.#dataCauses(pair, kind);
    return [
      ...(isOther ? choice : []),
      ...this.#silentCauses(step, path),
      ...inside
        .filter((each) => this.#isOther(each, []))
        .flatMap((each) => via(each.step, this.#given(each, []))),
    ];
  }

  /** Of the steps inside that only set data, and so are not in a history. */
  #silentCauses(structure: string, path: JsonPath): Causes {
    return this.#views.current.plan.steps
      .filter(({ parent, kind }) => parent === structure && kind === "set")
      .filter(({ id }) => !this.#pairs.some((pair) => pair.step === id))
      .flatMap(({ id: step }) => via(step, this.#dataCauses({ step, iteration: "" }, "set", path)));
  }

  #requestCauses(pair: StepPair, path: JsonPath): Causes {
    return this.#once(`request ${pair.key} ${path.join(".")}`, () => {
      const { step, kind } = pair;
      if (step === this.#repaired) return REPAIRED;
      const [part, name] = path;
      const isCode = kind === "task";
      const config = pair.isConfigured ? changes(this.#changes.ofConfig("all")) : [];
      const isDocument = part === undefined || part === "policy" || part === "prompt";
      const named = isDocument && !isCode ? changes(this.#changes.ofNamed(step, [])) : [];
      if (part === "policy" && named.length > 0) return named;
      const member = part === "required" ? "required" : "with";
      const data = this.#dataCauses(pair, member, name === undefined ? [] : [name]);
      const asked = part === undefined && kind === "approval";
      const required = asked ? this.#dataCauses(pair, "required") : [];
      const found = [...named, ...data, ...required];
      return found.length > 0 ? found : config;
    });
  }

  /** Where a switch goes. */
  #choiceCauses(pair: StepPair): Causes {
    return this.#once(`choice ${pair.key}`, () => this.#dataCauses(pair, "switch"));
  }

  #pathCauses(pair: StepPair): Causes {
    return this.#once(`path ${pair.key}`, () => {
      const { step, old, current } = pair;
      const own = changes(this.#changes.ofStep(step));
      if (own.length > 0 && (!this.#isIn("old", step) || !this.#isIn("current", step))) return own;
      for (const outer of around(old ? this.#views.old : this.#views.current, step)) {
        const found = this.#structureCauses(outer, pair);
        if (found.length > 0) return via(outer, found);
      }
      const skipped = this.#dataCauses(pair, "if");
      if (skipped.length > 0) return skipped;
      if (old && current) return this.#outputCauses(pair, []);
      const order = changes(this.#changes.ofOrder());
      const earlier = this.#pairs
        .slice(0, this.#pairs.indexOf(pair))
        .findLast((each) => isElsewhere(each) && !isStructure(each.kind));
      return [...(earlier ? via(earlier.step, this.#given(earlier, [])) : []), ...order];
    });
  }

  /** Why what stands around a step leads to it on one side only. */
  #structureCauses(outer: string, { iteration }: StepPair): Causes {
    const pair = this.#rowsOf(outer, iteration)[0];
    if (!pair) return [];
    if (!pair.old || !pair.current) return this.#pathCauses(pair);
    return pair.kind === "switch" ? this.#choiceCauses(pair) : this.#dataCauses(pair, pair.kind);
  }

  /** Of what a member of a step says, and of all whose values it takes. */
  #dataCauses(place: StepPlace, member: string, path: JsonPath = []): Causes {
    const [a, b] = [this.#views.old, this.#views.current].map((view) =>
      within(stepIn(view, place.step)?.[member], path),
    );
    const own = isSame(a, b) ? [] : changes(this.#changes.ofStep(place.step));
    const taken = [...takenIn(a), ...takenIn(b)];
    return [...own, ...taken.flatMap((each) => this.#takenCauses(place, each))];
  }

  #takenCauses({ step, iteration }: StepPlace, taken: Taken): Causes {
    const { name, path } = taken;
    if (name === "config") return changes(this.#changes.ofConfig(configRead([taken])));
    const outer = [...around(this.#views.old, step), ...around(this.#views.current, step)];
    const map = outer.find((id) => stepIn(this.#views.current, id)?.as === name);
    if (map !== undefined) {
      const found = this.#rowsOf(map, iteration)[0];
      return found ? this.#dataCauses(found, "map") : [];
    }
    return this.#rowsOf(name, iteration)
      .filter((each) => each.step !== step && this.#isOther(each, path))
      .flatMap((each) => via(each.step, this.#given(each, path)));
  }

  /** Whether a step gives something else there. */
  #isOther(pair: StepPair, path: readonly string[]): boolean {
    if (isElsewhere(pair)) return true;
    if (isStructure(pair.kind)) {
      const inside = this.#inside(pair);
      if (inside.length === 0 || isChosenAnew(pair)) return true;
      return inside.some((each) => this.#isOther(each, []));
    }
    return pair.found.some(({ aspect, path: place, ...sides }) => {
      if (aspect !== "output" && aspect !== "documents") return false;
      return !isSame(sides.old, sides.current) && (aspect === "documents" || overlaps(place, path));
    });
  }

  #inside({ step, iteration }: StepPair): readonly StepPair[] {
    return this.#pairs.filter((each) => each.parent === step && isNear(each.iteration, iteration));
  }

  #rowsOf(step: string, iteration: string): readonly StepPair[] {
    return this.#pairs.filter((each) => each.step === step && isNear(each.iteration, iteration));
  }

  #isIn(side: keyof Sides<unknown>, step: string): boolean {
    return this.#views[side].plan.steps.some(({ id }) => id === step);
  }

  #once(what: string, find: () => Causes): Causes {
    if (this.#open.has(what)) return [];
    this.#open.add(what);
    try {
      return find();
    } finally {
      this.#open.delete(what);
    }
  }
}

const REPAIRED: Causes = [{ kind: "unknown", what: "the replay gave it another input", via: [] }];

function isElsewhere({ old, current }: StepPair): boolean {
  return old?.outcome !== current?.outcome;
}

function isChosenAnew({ kind, found }: StepPair): boolean {
  return kind === "switch" && found.some(({ aspect }) => aspect === "decision");
}

/** One stands in the other, or both in the same. */
function isNear(a: string, b: string): boolean {
  return a === b || a === "" || b === "" || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}
