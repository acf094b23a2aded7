/** Which changes of a bundle a step stands on. */

import { COMPONENTS_FOLDER } from "../../bundle/component.ts";
import { type Change, KIT_OWNER } from "../../bundle/diff/index.ts";
import { BUNDLE_OWNER, partKey } from "../../bundle/lock/part.ts";
import { type BundleView, namedBy } from "./bundle-view.ts";
import type { Sides } from "./three-way.ts";

/** Says what a component is called and who owns it; that does nothing by itself. */
const NOTES = new Set(["component", "reference"]);

export class StepChanges {
  readonly #changes: readonly Change[];
  readonly #views: Sides<BundleView>;

  constructor(changes: readonly Change[], views: Sides<BundleView>) {
    this.#changes = changes;
    this.#views = views;
  }

  /** Of the step as the manifest has it, without the steps inside. */
  ofStep(step: string): readonly number[] {
    return this.#indices(({ owner, kind, name }) => {
      return owner === BUNDLE_OWNER && kind === "step" && name === step;
    });
  }

  /** Of the order in which steps stand, and within which others. */
  ofOrder(): readonly number[] {
    return this.#indices(({ kind }) => kind === "graph");
  }

  ofConfig(names: ReadonlySet<string> | "all"): readonly number[] {
    return this.#indices(({ owner, kind, name }) => {
      return owner === BUNDLE_OWNER && kind === "config" && (names === "all" || names.has(name));
    });
  }

  /** Of prices alone. */
  ofPrices(step: string): readonly number[] {
    return this.ofNamed(step, []).filter((index) => this.#changes[index]?.name === "prices");
  }

  /**
   * Of its code, and of all that it names or has read: prompts, agents, policies, models, tools,
   * knowledge. What says only how a component is called counts where nothing else does.
   */
  ofNamed(step: string, files: readonly string[]): readonly number[] {
    const found = this.#indices((change) => this.#isNamed(change, step, files));
    const telling = found.filter((index) => !NOTES.has(this.#changes[index]?.kind ?? ""));
    return telling.length > 0 ? telling : found;
  }

  #isNamed({ owner, kind, name }: Change, step: string, files: readonly string[]): boolean {
    const sides = [this.#views.old, this.#views.current].map((view) => namedBy(view, step));
    const paths = new Set([...files, ...sides.flatMap(({ paths }) => [...paths])]);
    if (owner === KIT_OWNER) return this.#isCompiledAnew([...paths]) === "kit";
    if (owner === BUNDLE_OWNER) {
      if (kind === "packages") return this.#isCompiledAnew([...paths]) === "packages";
      return OF_FILES.has(kind) && paths.has(name);
    }
    const path = `${COMPONENTS_FOLDER}/${owner.replace(".", "/")}/${name}`;
    if (paths.has(path)) return true;
    return sides.some(({ components }) => {
      const names = components.get(owner);
      if (names === undefined) return false;
      return names === null || !OF_ONE.has(kind) || names.has(name);
    });
  }

  /** Whose compiled text is another though its own is not: because of packages, or of Espalier. */
  #isCompiledAnew(paths: readonly string[]): "kit" | "packages" | undefined {
    for (const name of paths) {
      const key = partKey({ owner: BUNDLE_OWNER, kind: "code", name });
      const [a, b] = [
        this.#views.old.parts.get(key)?.code,
        this.#views.current.parts.get(key)?.code,
      ];
      if (!a || !b || a.own !== b.own || a.compiled === b.compiled) continue;
      return a.packages === b.packages ? "kit" : "packages";
    }
    return undefined;
  }

  #indices(is: (change: Change) => boolean): readonly number[] {
    return this.#changes.flatMap((change, index) => (is(change) ? [index] : []));
  }
}

const OF_FILES = new Set(["code", "agent", "approval", "prompt", "contract", "file"]);

/** Parts that not everybody who uses the component uses. */
const OF_ONE = new Set(["tool", "mcp-tool", "prompt"]);
