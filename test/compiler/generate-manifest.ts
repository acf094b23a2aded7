/**
 * Valid manifests of all kinds of steps, made from a list of numbers: 0 is always the simplest
 * choice, and a list that has run out yields nothing but 0, so that shorter and smaller lists
 * (what fast-check shrinks to) make simpler manifests.
 */

export interface GeneratedManifest {
  readonly manifest: GeneratedObject;
  /** By step id: how its work behaves, or how its approval is decided; `ID.approval` for what an agent asks. */
  readonly behaviour: ReadonlyMap<string, Behaviour>;
}
export type GeneratedObject = { readonly [key: string]: unknown };

/**
 * Tasks: `flaky` fails once, `moody` on some inputs. Approvals: `fail` rejects, `late` expires, `slow`
 * is decided when the last stage has come.
 */
export type Behaviour = "ok" | "fail" | "flaky" | "moody" | "late" | "slow";

/** What expressions may do with a name: a task's answer, an item, a list of anything, or anything. */
type Kind = "answer" | "item" | "list" | "any";

interface Env {
  readonly names: ReadonlyMap<string, Kind>;
  readonly depth: number;
  readonly catching: boolean;
  /** Inside of a map or a parallel, where a failure leaves open what its siblings still do. */
  readonly sharing: boolean;
}

interface Made {
  readonly step: GeneratedObject;
  /** What its name may be used as; undefined where no way leads on. */
  readonly kind: Kind | undefined;
}

const MAX_STEPS = 24;

export function generateManifest(choices: readonly number[]): GeneratedManifest {
  return new Generator(choices).generate();
}

/** A chain of so many steps of mixed kinds, for measurements. */
export function chainManifest(length: number): GeneratedObject {
  const steps = Array.from({ length }, (_, i) => {
    const id = `s${i}`;
    const before = i === 0 ? "$input" : `$s${i - 1}`;
    switch (i % 5) {
      case 1:
        return { id, set: { count: `{% $count([${before}]) %}`, of: `{% ${before} %}` } };
      case 3:
        return {
          id,
          if: `{% $exists(${before}) %}`,
          task: "code/work.ts",
          with: { before: `{% ${before} %}` },
        };
      default:
        return { id, task: "code/work.ts", with: { before: `{% ${before} %}`, at: i } };
    }
  });
  return { ...HEAD, steps };
}

const HEAD = {
  apiVersion: "espalier/v1",
  workflow: "generated",
  version: "1.2.3",
  owners: { business: "b@example.com", platform: "p@example.com", risk: "r@example.com" },
  config: { limit: 2 },
};

class Generator {
  readonly #choices: readonly number[];
  #at = 0;
  #ids = 0;
  readonly #behaviour = new Map<string, Behaviour>();

  constructor(choices: readonly number[]) {
    this.#choices = choices;
  }

  generate(): GeneratedManifest {
    const env: Env = { names: new Map(), depth: 0, catching: false, sharing: false };
    const { steps } = this.#list(env);
    return { manifest: { ...HEAD, steps }, behaviour: this.#behaviour };
  }

  /** A number from 0 up to, but without, `n`. */
  #pick(n: number): number {
    return (this.#choices[this.#at++] ?? 0) % n;
  }

  #one<T>(first: T, ...more: readonly T[]): T {
    const index = this.#pick(more.length + 1);
    return index === 0 ? first : (more[index - 1] ?? first);
  }

  #id(): string {
    this.#ids += 1;
    return `s${this.#ids}`;
  }

  #list(env: Env): { steps: GeneratedObject[]; kind: Kind | undefined; names: Env["names"] } {
    const length = 1 + this.#pick(env.depth === 0 ? 6 : 3);
    const steps: GeneratedObject[] = [];
    let names = env.names;
    let kind: Kind | undefined = "any";
    for (let i = 0; i < length && (i === 0 || this.#ids < MAX_STEPS); i++) {
      const made = this.#step({ ...env, names });
      steps.push(made.step);
      kind = made.kind;
      if (kind === undefined) break;
      names = new Map(names).set(String(made.step.id), kind);
    }
    return { steps, kind, names };
  }

  #step(env: Env): Made {
    const id = this.#id();
    const made = this.#body(id, env);
    if (this.#pick(5) !== 1) return made;
    return { step: { ...made.step, if: this.#bool(env) }, kind: "any" };
  }

  #body(id: string, env: Env): Made {
    const structures = env.depth < 3 && this.#ids < MAX_STEPS;
    switch (this.#pick(structures ? 16 : 8)) {
      case 0:
      case 1:
        return this.#task(id, env);
      case 2:
        return this.#pick(2) === 0 ? this.#agent(id, env) : this.#component(id, env);
      case 3:
      case 4:
        return { step: { id, set: this.#value(env) }, kind: "any" };
      case 5:
        return this.#pick(2) === 0
          ? { step: { id, wait: "30s" }, kind: "any" }
          : { step: { id, wait: "{% $config.limit + 1 %}" }, kind: "any" };
      case 6:
        return this.#pick(2) === 0
          ? this.#approval(id, env)
          : { step: { id, emit: "Something", with: { detail: this.#value(env) } }, kind: "any" };
      case 7:
        return this.#ending(id, env);
      case 8:
      case 9:
        return this.#switch(id, env);
      case 10:
      case 11:
        return this.#parallel(id, env);
      case 12:
      case 13:
        return this.#map(id, env);
      case 14:
        return this.#repeat(id, env);
      default:
        return { step: { id, workflow: "child", with: this.#value(env) }, kind: "any" };
    }
  }

  #task(id: string, env: Env): Made {
    const unsure = env.sharing ? "moody" : "fail";
    const behaviour = this.#one<Behaviour>("ok", "ok", "ok", "flaky", "moody", unsure);
    const retry =
      behaviour === "flaky" || this.#pick(4) === 1
        ? { retry: [{ on: ["Step.Failed"], attempts: 2, jitter: "none" }] }
        : {};
    const caught =
      behaviour === "ok" || behaviour === "flaky" ? {} : this.#catch(env, ["Step.Failed"]);
    this.#behaviour.set(id, behaviour);
    const given = this.#pick(6) === 1 ? {} : { with: { value: this.#value(env) } };
    return {
      step: { id, task: "code/work.ts", ...given, ...retry, ...caught },
      kind: "catch" in caught ? "any" : "answer",
    };
  }

  /** An agent that asks nobody, or a person who approves, rejects or is late. */
  #agent(id: string, env: Env): Made {
    const unsure = env.sharing ? "moody" : "fail";
    const behaviour = this.#one<Behaviour>("ok", "ok", "flaky", "moody", unsure);
    const agent = this.#one(
      "asking",
      "looking",
      "rejecting",
      "asking-by-escalate",
      "asking-by-queue",
      "rejecting-by-reject-hours",
    );
    const answer =
      agent === "looking" ? "ok" : this.#one<Behaviour>("ok", "ok", "fail", "late", "slow");
    this.#behaviour.set(id, behaviour);
    this.#behaviour.set(`${id}.approval`, answer);
    const retry =
      behaviour === "flaky"
        ? { retry: [{ on: ["Step.Failed"], attempts: 2, jitter: "none" }] }
        : {};
    const fails = answer === "late" || behaviour === "moody" || behaviour === unsure;
    const on = this.#one(["States.ALL"], ["Step.Failed"], ["Approval.Expired", "Step.Failed"]);
    const caught = fails ? this.#catch(env, on) : {};
    return {
      step: { id, agent: `agents/${agent}.yaml`, with: this.#given(env), ...retry, ...caught },
      kind: "catch" in caught ? "any" : "answer",
    };
  }

  /** A step that is one call of a function of the kit. */
  #component(id: string, env: Env): Made {
    this.#behaviour.set(id, "ok");
    switch (this.#pick(4)) {
      case 0:
        return {
          step: {
            id,
            model: "reader",
            prompt: "prompts/ask.md",
            with: this.#given(env),
            output: { type: "object" },
          },
          kind: "answer",
        };
      case 1:
        return { step: { id, prompt: "prompts/ask.md", with: this.#given(env) }, kind: "any" };
      case 2:
        return {
          step: { id, retrieve: "handbook", with: { query: "{% 'about ' & $run.workflow %}" } },
          kind: "any",
        };
      default:
        return {
          step: {
            id,
            memory: "notes",
            operation: "write",
            with: { key: "last", value: this.#value(env) },
          },
          kind: "any",
        };
    }
  }

  /** Inputs of a prompt. */
  #given(env: Env): GeneratedObject {
    return { value: this.#value(env) };
  }

  #approval(id: string, env: Env): Made {
    const behaviour = this.#one<Behaviour>("ok", "ok", "fail", "late", "slow");
    const policy = this.#one(
      "approvals/plain.yaml",
      "approvals/reject-late.yaml",
      "approvals/escalate.yaml",
      "approvals/reject-escalate.yaml",
      "approvals/queue.yaml",
      "approvals/reject-hours.yaml",
      "approvals/queue-hours.yaml",
    );
    const required = this.#pick(2) === 0 ? {} : { required: this.#bool(env) };
    const caught =
      behaviour === "ok"
        ? {}
        : this.#catch(env, this.#one(["Approval.Rejected"], ["Approval.Expired"], ["States.ALL"]));
    this.#behaviour.set(id, behaviour);
    return {
      step: { id, approval: policy, ...required, with: this.#value(env), ...caught },
      kind: "any",
    };
  }

  /** Most failures are caught: a run that fails at once shows little. */
  #catch(env: Env, on: readonly string[]): { catch?: readonly unknown[] } {
    const inner = { ...env, catching: true, depth: env.depth + 1 };
    switch (this.#pick(5)) {
      case 0:
      case 1:
        return { catch: [{ on, value: this.#value(inner) }] };
      case 2:
      case 3:
        return { catch: [{ on, steps: this.#list(inner).steps }] };
      default:
        return {};
    }
  }

  #ending(id: string, env: Env): Made {
    const step =
      this.#pick(3) === 1
        ? { id, fail: { error: "Test.Ended", cause: "{% 'in ' & $run.workflow %}" } }
        : { id, succeed: this.#value(env) };
    return env.depth === 0 ? this.#task(id, env) : { step, kind: undefined };
  }

  #switch(id: string, env: Env): Made {
    const inner = { ...env, depth: env.depth + 1 };
    const kinds: (Kind | undefined)[] = [];
    const list = () => {
      const { steps, kind } = this.#list(inner);
      kinds.push(kind);
      return steps;
    };
    const cases: GeneratedObject[] = [];
    for (let i = 0; i <= this.#pick(3); i++) cases.push({ when: this.#bool(env), steps: list() });
    if (this.#pick(2) === 0) cases.push({ otherwise: list() });
    else kinds.push("any");
    return {
      step: { id, switch: cases },
      kind: kinds.every((kind) => kind === undefined) ? undefined : "any",
    };
  }

  #parallel(id: string, env: Env): Made {
    const inner = { ...env, depth: env.depth + 1, sharing: true };
    const branches = Object.fromEntries(
      ["left", "right", "middle"]
        .slice(0, 1 + this.#pick(3))
        .map((name) => [`${id}_${name}`, this.#list(inner).steps]),
    );
    const caught = this.#pick(3) === 1 ? this.#catch(env, ["States.ALL"]) : {};
    return { step: { id, parallel: branches, ...caught }, kind: "any" };
  }

  #map(id: string, env: Env): Made {
    const as = `${id}_item`;
    const names = new Map(env.names).set(as, "item");
    const inner = { ...env, names, depth: env.depth + 1, sharing: true };
    const map = this.#items(env);
    const { steps } = this.#list(inner);
    const caught = this.#pick(3) === 1 ? this.#catch(env, ["States.ALL"]) : {};
    return {
      step: { id, map, as, concurrency: 1 + this.#pick(3), steps, ...caught },
      kind: "catch" in caught ? "any" : "list",
    };
  }

  #repeat(id: string, env: Env): Made {
    const inner = { ...env, depth: env.depth + 1 };
    const { steps, kind, names } = this.#list(inner);
    const until = this.#bool({ ...inner, names });
    return {
      step: { id, repeat: { max: 1 + this.#pick(3), until }, steps },
      kind: kind === undefined ? undefined : "any",
    };
  }

  #named(env: Env, kind: Kind): string | undefined {
    const names = [...env.names].filter(([, one]) => one === kind).map(([name]) => name);
    // The nearest is picked with 0: it is what exercises riding most.
    return names[names.length - 1 - this.#pick(Math.max(1, names.length))];
  }

  #anyName(env: Env): string {
    const names = [...env.names.keys()];
    return names[names.length - 1 - this.#pick(Math.max(1, names.length))] ?? "input";
  }

  #bool(env: Env): string {
    const answer = this.#named(env, "answer");
    const item = this.#named(env, "item");
    const options = [
      "$input.flag",
      "$not($input.flag)",
      "$input.n > $config.limit",
      `$${this.#anyName(env)} = null`,
      ...(answer ? [`$${answer}.even`, `$count($${answer}.list) > 1`] : []),
      ...(item ? [`$${item}.odd`, `$${item}.k >= 1`] : []),
      '$iteration = ""',
    ];
    return `{% ${options[this.#pick(options.length)]} %}`;
  }

  /** A list of items with `k` and `odd`, as path, filter (none, one, several) or literal. */
  #items(env: Env): string {
    const answer = this.#named(env, "answer");
    const options = [
      "$input.items",
      "$input.items[odd]",
      "$input.items[k = 2]",
      "$input.items[k = 99]",
      "$input.items[k > $config.limit - 2]",
      ...(answer ? [`$${answer}.list`, `$${answer}.list[odd]`] : []),
    ];
    return `{% ${options[this.#pick(options.length)]} %}`;
  }

  #value(env: Env): unknown {
    switch (this.#pick(9)) {
      case 0:
        return `{% $${this.#anyName(env)} %}`;
      case 1:
        return this.#pick(2) === 0 ? "plain ${text}" : { a: [1, [2, null]], b: "text" };
      case 2:
        return { one: `{% $${this.#anyName(env)} %}`, two: [`{% $${this.#anyName(env)} %}`, 7] };
      case 3:
        return `{% {"x": $${this.#anyName(env)}, "again": $${this.#anyName(env)}} %}`;
      case 4:
        return "{% $run.workflow & '/' & $iteration & '/' & $string($input.n + $config.limit) %}";
      case 5:
        return `{% ($local := $${this.#anyName(env)}; $map([1, 2], function($q) { {"q": $q, "l": $local} })) %}`;
      case 6: {
        const answer = this.#named(env, "answer");
        return answer
          ? `{% $${answer}.v + $count($${answer}.list[odd]) %}`
          : "{% $input.items.k %}";
      }
      case 7: {
        const item = this.#named(env, "item");
        return item ? `{% [$${item}.k, $${item}] %}` : "{% $string($input.items[0]) %}";
      }
      default:
        return env.catching ? "{% $error.name & '!' %}" : "{% /* '$input' */ '$input' %}";
    }
  }
}
