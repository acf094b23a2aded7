/** From a reference under `uses` to the component that it means, in an environment. */
import { type Category, COMPONENT_KINDS, isCategory } from "../manifest/components/kinds.ts";
import { type ComponentReference, readBinding, readBound } from "../manifest/components/uses.ts";
import type { Diagnostic, Place } from "../manifest/diagnostic.ts";
import {
  LOCAL_ENVIRONMENT,
  type LoadedEnvironment,
} from "../manifest/environment/load-environments.ts";
import { nearest } from "../manifest/nearest.ts";
import type { Path, SourceMap } from "../manifest/source.ts";
import {
  type ComponentHome,
  findComponent,
  otherCategories,
  whereItMightBe,
} from "./find-component.ts";

export interface ResolvedReference {
  readonly name: string;
  /** An exact version, a range or a digest. */
  readonly wanted: string;
  readonly home: ComponentHome;
  readonly bound: { readonly environment: string; readonly key: string } | null;
  /** Where the version is asked for: in the manifest, or in the environment's file. */
  readonly place: Place;
}

interface World {
  readonly homes: readonly ComponentHome[];
  readonly environment: LoadedEnvironment;
  /** Of the manifest. */
  readonly source: SourceMap;
}

/** The component, or why there is none: ESP802, ESP805, ESP806. */
export function resolveReference(
  { homes, environment, source }: World,
  category: Category,
  alias: string,
  reference: ComponentReference,
): ResolvedReference | Diagnostic {
  const at: Path = ["uses", category, alias];
  if (typeof reference === "string") {
    const place = source.placeOf(at);
    const home = findComponent(homes, category, alias);
    if (home === undefined) return missing(homes, category, alias, source.keyPlaceOf(at));
    return { name: alias, wanted: reference, home, bound: null, place };
  }

  const place = source.placeOf([...at, "bind"]);
  const binding = readBinding(reference.bind);
  if (binding.category !== category) return wrongCategory(binding, category, place);
  const { key } = binding;
  const written = own(environment.environment.bindings[category], key);
  if (written === undefined) return unbound(environment, category, key, place);
  const { name, wanted } = readBound(written);
  // Where a binding stands, there is a file.
  const there = environment.source?.placeOf(["bindings", category, key]) ?? place;
  const home = findComponent(homes, category, name);
  if (home === undefined) return missing(homes, category, name, there);
  return { name, wanted, home, bound: { environment: environment.name, key }, place: there };
}

/** A key may be called like something that every object has. */
function own(keys: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return keys !== undefined && Object.hasOwn(keys, key) ? keys[key] : undefined;
}

function missing(
  homes: readonly ComponentHome[],
  category: Category,
  name: string,
  place: Place,
): Diagnostic {
  const { words } = COMPONENT_KINDS[category];
  const [other] = otherCategories(homes, category, name);
  if (other !== undefined) {
    return {
      code: "ESP806",
      severity: "error",
      message: `"${name}" is ${COMPONENT_KINDS[other].words}, and ${words} is expected here`,
      hint: `Components under \`${category}\` lie in ${homes.map(({ shown }) => `${shown}/${category}/`).join(" and ")}.`,
      place,
    };
  }
  return {
    code: "ESP802",
    severity: "error",
    message: `there is no component "${name}" among ${category}`,
    hint: whereItMightBe(homes, category, name),
    place,
  };
}

function wrongCategory(
  binding: { readonly category: string; readonly key: string },
  category: Category,
  place: Place,
): Diagnostic {
  const found = isCategory(binding.category)
    ? `binds ${COMPONENT_KINDS[binding.category].words}`
    : "binds no kind of component that there is";
  return {
    code: "ESP806",
    severity: "error",
    message: `"${binding.category}.${binding.key}" ${found}, and ${COMPONENT_KINDS[category].words} is expected here`,
    hint: `Write ${category}.${binding.key}.`,
    place,
  };
}

function unbound(
  { name, environment, file, source }: LoadedEnvironment,
  category: Category,
  key: string,
  place: Place,
): Diagnostic {
  const { bindings } = environment;
  const elsewhere = Object.entries(bindings).find(([, keys]) => own(keys, key) !== undefined)?.[0];
  const near = nearest(key, Object.keys(bindings[category] ?? {}));
  const where = name === LOCAL_ENVIRONMENT ? "on this machine" : `in the environment "${name}"`;
  return {
    code: "ESP805",
    severity: "error",
    message: `nothing is bound to "${category}.${key}" ${where}`,
    hint: elsewhere
      ? `${file} binds ${elsewhere}.${key}; write it under \`${category}\`.`
      : near
        ? `Did you mean "${category}.${near}"?`
        : `${source ? "Add to" : "Write"} ${file}: bindings: { ${category}: { ${key}: COMPONENT@RANGE } }.`,
    place,
  };
}
