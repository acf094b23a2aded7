/** Walks a syntax tree of jsonata with the language's own scopes: blocks, lambdas, `@` and `#`. */
import type jsonata from "jsonata";
import { nearest } from "../../manifest/nearest.ts";
import { FUNCTIONS } from "./functions.ts";
import type { Parsed, Use } from "./parse.ts";

export interface Fault {
  readonly code: "ESP301" | "ESP302" | "ESP303";
  /** Within the code of the expression. */
  readonly start: number;
  readonly length: number;
  readonly message: string;
  readonly hint?: string;
}

/** The tree has more than jsonata's own type says. */
interface Node {
  readonly [key: string]: unknown;
  readonly type?: string;
  readonly value?: unknown;
  readonly position?: number;
}

interface Scope {
  readonly names: Set<string>;
  readonly outer: Scope | undefined;
}

export function readTree(code: string, tree: jsonata.ExprNode): Omit<Parsed, "code"> {
  return new Reader(code).read(tree as unknown as Node);
}

const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;
const nodes = (value: unknown): readonly Node[] =>
  Array.isArray(value) ? value.filter(isNode) : [];

class Reader {
  readonly #code: string;
  /** By start: `a ?: b` and `a ?? b` have `a` twice in the tree. */
  readonly #uses = new Map<number, Use>();
  readonly #locals = new Map<number, { name: string; start: number }>();
  readonly #faults = new Map<number, Fault>();

  constructor(code: string) {
    this.#code = code;
  }

  read(tree: Node): Omit<Parsed, "code"> {
    this.#walk(tree, this.#hoisted(tree, undefined), false);
    if (this.#code.includes("${")) this.#placeholder();
    return {
      uses: [...this.#uses.values()].sort((a, b) => a.start - b.start),
      locals: [...this.#locals.values()],
      faults: [...this.#faults.values()].sort((a, b) => a.start - b.start),
      plain: this.#plain(tree),
      selects: selects(tree),
    };
  }

  /** The definition's own placeholders are written like this, and would be filled in. */
  #placeholder(): void {
    const start = this.#code.indexOf("${");
    this.#fault("ESP302", start, 2, 'an expression cannot hold "${"', {
      hint: "It marks a placeholder in the state machine. In text, write '$' & '{'; else put a space between the two.",
    });
  }

  #plain(tree: Node): Use | undefined {
    const head = tree.type === "path" ? nodes(tree.steps)[0] : tree;
    if (head?.type !== "variable") return undefined;
    const use = [...this.#uses.values()][0];
    if (use === undefined || this.#uses.size !== 1 || use.called) return undefined;
    const length = tree.type === "path" ? nodes(tree.steps).length : 1;
    if (use.path.length !== length - 1 || head.predicate || head.group || tree.group)
      return undefined;
    if (tree.keepSingletonArray || head.keepArray) return undefined;
    return nodes(tree.steps).some(hasMore) ? undefined : use;
  }

  #fault(
    code: Fault["code"],
    start: number,
    length: number,
    message: string,
    more: { hint?: string } = {},
  ): void {
    if (!this.#faults.has(start))
      this.#faults.set(start, { code, start, length, message, ...more });
  }

  /**
   * @param context whether `$` and plain field names have something to stand on: inside of a path,
   *   a predicate, a sort or a group. At the top of an expression, Step Functions gives them nothing.
   */
  #walk(node: Node, scope: Scope, context: boolean): void {
    switch (node.type) {
      case "variable":
        this.#variable(node, scope, context, false, []);
        this.#inner(node, scope, ["predicate", "group"]);
        return;
      case "path":
        this.#path(node, scope, context);
        return;
      case "name":
      case "wildcard":
      case "descendant":
        if (!context) this.#nothingToStandOn(node);
        this.#inner(node, scope, ["predicate", "stages", "group"]);
        return;
      case "function":
      case "partial":
        this.#call(node, scope, context);
        return;
      case "lambda": {
        const inner: Scope = { names: new Set(), outer: scope };
        for (const parameter of nodes(node.arguments)) this.#bind(parameter, inner);
        if (isNode(node.body)) this.#walk(node.body, this.#hoisted(node.body, inner), context);
        this.#inner(node, scope, ["predicate", "group"]);
        return;
      }
      case "block": {
        const inner = this.#hoisted(node, scope);
        for (const child of nodes(node.expressions)) this.#walk(child, inner, context);
        this.#inner(node, scope, ["predicate", "stages", "group"]);
        return;
      }
      case "bind":
        if (isNode(node.rhs)) this.#walk(node.rhs, scope, context);
        return;
      case "transform":
        this.#inner(node, scope, ["pattern", "update", "delete"]);
        return;
      case "condition":
        this.#newerOperator(node);
        this.#children(node, scope, context);
        return;
      default:
        this.#children(node, scope, context);
    }
  }

  #children(node: Node, scope: Scope, context: boolean): void {
    for (const [key, value] of Object.entries(node)) {
      if (!isNode(value)) continue;
      const within = context || ["predicate", "stages", "group", "terms"].includes(key);
      this.#walkAny(value, scope, within);
    }
  }

  #inner(node: Node, scope: Scope, keys: readonly string[]): void {
    for (const key of keys) if (isNode(node[key])) this.#walkAny(node[key], scope, true);
  }

  #walkAny(value: unknown, scope: Scope, context: boolean): void {
    if (Array.isArray(value)) for (const item of value) this.#walkAny(item, scope, context);
    else if (isNode(value)) this.#walk(value, scope, context);
  }

  #path(node: Node, scope: Scope, context: boolean): void {
    const steps = nodes(node.steps);
    const inner: Scope = { names: new Set(), outer: scope };
    for (const [index, step] of steps.entries()) {
      for (const key of ["focus", "index"]) {
        if (typeof step[key] === "string") inner.names.add(step[key]);
      }
      if (index === 0 && step.type === "variable") {
        this.#variable(step, inner, context, false, hasMore(step) ? [] : plainNames(steps));
        this.#inner(step, inner, ["predicate", "stages", "group"]);
      } else this.#walk(step, inner, context || index > 0);
    }
    this.#inner(node, inner, ["group"]);
  }

  #call(node: Node, scope: Scope, context: boolean): void {
    const procedure = node.procedure;
    // The tree of `a ?? b` has a call of $exists that nobody wrote: it has no position.
    if (isNode(procedure) && procedure.position !== undefined) {
      if (procedure.type === "variable") this.#variable(procedure, scope, context, true, []);
      else this.#walk(procedure, scope, context);
    }
    for (const argument of nodes(node.arguments)) this.#walk(argument, scope, context);
    this.#inner(node, scope, ["predicate", "stages", "group"]);
  }

  #variable(node: Node, scope: Scope, context: boolean, called: boolean, path: Use["path"]): void {
    const name = String(node.value);
    const end = node.position ?? 0;
    const start = end - name.length - 1;
    if (name === "" || name === "$") {
      if (!context || name === "$") this.#nothingToStandOn(node);
      return;
    }
    for (let at: Scope | undefined = scope; at; at = at.outer) if (at.names.has(name)) return;
    if (name === "eval") {
      this.#fault("ESP303", start, end - start, "Step Functions has no $eval", {
        hint: "$parse reads JSON from text; there is no way to run an expression from text.",
      });
      return;
    }
    // `$error` is also the error that a catch caught: only a call means the function.
    if (FUNCTIONS.has(name) && (called || name !== "error")) return;
    if (called) {
      const near = nearest(name, [...FUNCTIONS]);
      this.#fault("ESP303", start, end - start, `there is no function $${name}`, {
        hint: near
          ? `Did you mean $${near}?`
          : "Only JSONata's functions, Step Functions' own and those defined within the expression exist.",
      });
      return;
    }
    this.#uses.set(start, { name, start, end, called, path });
  }

  #nothingToStandOn(node: Node): void {
    const name = String(node.value);
    const end = node.position ?? 1;
    const variable = node.type === "variable";
    const text = variable ? `$${name}` : name;
    const written = this.#code.slice(0, end).endsWith("`") ? `\`${name}\`` : text;
    this.#fault(
      "ESP302",
      Math.max(0, end - written.length),
      Math.max(1, written.length),
      variable
        ? `"${text}" has no meaning here: an expression starts from named data`
        : `"${text}" is a field, but of nothing: an expression starts from named data`,
      {
        hint: variable
          ? "Start from $input, $run, $config or a step's $name."
          : `Did you mean $${name}?`,
      },
    );
  }

  /** `a ?: b` and `a ?? b` came with JSONata 2.1; Step Functions has 2.0.6. */
  #newerOperator(node: Node): void {
    const condition = node.condition;
    const coalesces =
      isNode(condition) &&
      isNode(condition.procedure) &&
      condition.procedure.position === undefined;
    // The tree of `a ?: b` has `a` twice, positions and all.
    if (!coalesces && JSON.stringify(node.then) !== JSON.stringify(condition)) return;
    const end = node.position ?? 2;
    this.#fault(
      "ESP303",
      end - 2,
      2,
      `Step Functions' JSONata has no "${coalesces ? "??" : "?:"}"`,
      {
        hint: "Write $exists($a.b) ? $a.b : other.",
      },
    );
  }

  /** A block's or a lambda's own variables: known in all of it, as functions may call each other. */
  #hoisted(node: Node, outer: Scope | undefined): Scope {
    const scope: Scope = { names: new Set(), outer };
    const visit = (value: unknown, top: boolean): void => {
      if (Array.isArray(value)) for (const item of value) visit(item, false);
      else if (isNode(value)) {
        if (!top && (value.type === "block" || value.type === "lambda")) return;
        if (value.type === "bind" && isNode(value.lhs)) this.#bind(value.lhs, scope);
        for (const child of Object.values(value)) visit(child, false);
      }
    };
    visit(node, true);
    return scope;
  }

  #bind(variable: Node, scope: Scope): void {
    const name = String(variable.value);
    const start = (variable.position ?? 0) - name.length - 1;
    scope.names.add(name);
    this.#locals.set(start, { name, start });
  }
}

function hasMore(step: Node): boolean {
  return ["predicate", "stages", "group", "focus", "index", "keepArray"].some(
    (key) => step[key] !== undefined,
  );
}

/** The names that follow the head of a path, up to the first step that does more than name a field. */
function plainNames(steps: readonly Node[]): Use["path"] {
  const path: { name: string; end: number }[] = [];
  for (const step of steps.slice(1)) {
    if (step.type !== "name") break;
    path.push({ name: String(step.value), end: step.position ?? 0 });
    if (hasMore(step)) break;
  }
  return path;
}

/** A filter (not an index) anywhere along the path that the expression is. */
function selects(tree: Node): boolean {
  if (tree.keepSingletonArray || tree.keepArray) return false;
  const steps = tree.type === "path" ? nodes(tree.steps) : tree.type === "variable" ? [tree] : [];
  return steps.some((step) =>
    [...nodes(step.predicate), ...nodes(step.stages)].some(
      (stage) => stage.type === "filter" && isNode(stage.expr) && stage.expr.type !== "number",
    ),
  );
}
