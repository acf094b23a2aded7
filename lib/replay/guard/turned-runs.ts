/** Tells on which sources a result depends: the code runs again in worlds that differ in one of them. */
import type { GuardedAnswer, Source, Use } from "./protocol.ts";

export interface Ran {
  readonly answer: GuardedAnswer;
  readonly uses: readonly Use[];
  readonly files: readonly string[];
}

const TURNED: readonly Source[] = ["clock", "random", "environment", "files", "order"];

/** What a replay refuses: using it at all makes a step one that cannot be repeated. */
const REFUSED: ReadonlySet<Source> = new Set<Source>(["network", "files"]);

/**
 * `run` runs the code once, in the recorded world but for the sources in `turned`. Twice is enough for
 * code whose result depends on its input alone.
 */
export async function runTurned(
  run: (turned: ReadonlySet<Source>) => Promise<Ran>,
): Promise<Ran & { readonly depends: readonly Use[] }> {
  const first = await run(new Set());
  const { answer, uses, files } = first;
  const refused = uses.filter(({ source }) => REFUSED.has(source));
  const isSame = async (...turned: readonly Source[]) => {
    const again = await run(new Set(turned));
    return JSON.stringify(again.answer) === JSON.stringify(answer);
  };
  if (await isSame(...TURNED)) return { answer, uses, files, depends: refused };
  if (!(await isSame())) {
    const what = "what the code keeps from one call to the next";
    return { answer, uses, files, depends: [...refused, { source: "memory", what, at: null }] };
  }
  const depends: Use[] = [...refused];
  for (const source of TURNED) {
    if (REFUSED.has(source)) continue;
    const used = uses.filter((use) => use.source === source);
    if (used.length > 0 && !(await isSame(source))) depends.push(...used);
  }
  // Only together do they make a difference.
  return { answer, uses, files, depends: depends.length > 0 ? depends : uses };
}
