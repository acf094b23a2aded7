import { describe, expect, it } from "vitest";
import { readBindings } from "../../lib/bundle/index.ts";
import { loadExample, playbook, told, useComponentProject } from "./project.ts";

const project = useComponentProject();

const FILES = {
  ...playbook("components/playbooks/careful"),
  ...playbook("components/playbooks/quick", "3.0.0", "1. Skim it.\n"),
};
const USES = "{ playbooks: { triage: { bind: playbooks.triage } } }";
const environment = (text: string) => ({ ...FILES, "environments/prod.yaml": text });

describe("a binding", () => {
  it("means another component in another environment, and so another bundle", async () => {
    const files = {
      ...environment("bindings: { playbooks: { triage: careful@^1.0.0 } }\n"),
      "environments/fast.yaml": "bindings: { playbooks: { triage: quick@3.0.0 } }\n",
      "environments/same.yaml": "bindings: { playbooks: { triage: careful@1.2.0 } }\n",
    };
    const loaded = [];
    for (const name of ["prod", "fast", "same"]) {
      const { bundle, diagnostics } = await loadExample(project, USES, files, name);
      expect(told(project, diagnostics)).toEqual([]);
      loaded.push(bundle);
    }
    expect(loaded.map((bundle) => bundle?.components.get("playbooks.triage"))).toMatchObject([
      { alias: "triage", name: "careful", bound: { environment: "prod", key: "triage" } },
      { alias: "triage", name: "quick", bound: { environment: "fast", key: "triage" } },
      { alias: "triage", name: "careful", bound: { environment: "same", key: "triage" } },
    ]);
    const [prod, fast, same] = loaded.map((bundle) => bundle?.digest);
    expect(fast).not.toBe(prod);
    // What is bound makes the difference, not where.
    expect(same).toBe(prod);
  });

  it("is known before the bundle is loaded", async () => {
    await loadExample(project, USES, FILES);
    const folder = `${project.root}/bundles/example`;
    expect(readBindings(folder)).toEqual({ workflow: "example", binds: true });
    await loadExample(project, "{ playbooks: { careful: ^1.0.0 } }", FILES);
    expect(readBindings(folder)).toEqual({ workflow: "example", binds: false });
    expect(readBindings(`${folder}/nowhere`)).toEqual({ workflow: null, binds: false });
  });

  const cases: readonly [string, string, string | undefined, string][] = [
    [
      "names no category",
      "{ playbooks: { triage: { bind: triage } } }",
      "{}\n",
      'example/workflow.yaml:5:38 ESP804 "triage" names no binding // Write CATEGORY.KEY, as the environment has them under `bindings`: models.reader.',
    ],
    [
      "has a key too many",
      "{ playbooks: { triage: { bind: playbooks.triage, or: 1 } } }",
      "bindings: { playbooks: { triage: careful@^1.0.0 } }\n",
      'example/workflow.yaml:5:56 ESP201 the key "or" is unknown here // Known keys are bind.',
    ],
    [
      "is missing on this machine",
      USES,
      undefined,
      'example/workflow.yaml:5:38 ESP805 nothing is bound to "playbooks.triage" on this machine // Write environments/local.yaml: bindings: { playbooks: { triage: COMPONENT@RANGE } }.',
    ],
    [
      "is missing in an environment",
      USES,
      "retain: false\n",
      'example/workflow.yaml:5:38 ESP805 nothing is bound to "playbooks.triage" in the environment "prod" // Add to environments/prod.yaml: bindings: { playbooks: { triage: COMPONENT@RANGE } }.',
    ],
    [
      "is spelled otherwise in an environment",
      USES,
      "bindings: { playbooks: { triag: careful@^1.0.0 } }\n",
      'example/workflow.yaml:5:38 ESP805 nothing is bound to "playbooks.triage" in the environment "prod" // Did you mean "playbooks.triag"?',
    ],
    [
      "is called like what every object has",
      "{ playbooks: { triage: { bind: playbooks.constructor } } }",
      "bindings: { models: { triage: careful@^1.0.0 } }\n",
      'example/workflow.yaml:5:38 ESP805 nothing is bound to "playbooks.constructor" in the environment "prod" // Add to environments/prod.yaml: bindings: { playbooks: { constructor: COMPONENT@RANGE } }.',
    ],
    [
      "stands under another category of the environment",
      USES,
      "bindings: { models: { triage: careful@^1.0.0 } }\n",
      'example/workflow.yaml:5:38 ESP805 nothing is bound to "playbooks.triage" in the environment "prod" // environments/prod.yaml binds models.triage; write it under `playbooks`.',
    ],
    [
      "is of another category than its place",
      "{ playbooks: { triage: { bind: models.triage } } }",
      "bindings: { models: { triage: careful@^1.0.0 } }\n",
      'example/workflow.yaml:5:38 ESP806 "models.triage" binds a model, and a playbook is expected here // Write playbooks.triage.',
    ],
    [
      "binds a component of another category",
      "{ models: { triage: { bind: models.triage } } }",
      "retain: false\nbindings: { models: { triage: careful@^1.0.0 } }\n",
      'environments/prod.yaml:2:31 ESP806 "careful" is a playbook, and a model is expected here // Components under `models` lie in example/models/ and components/models/.',
    ],
    [
      "binds a component that is nowhere",
      USES,
      "bindings:\n  playbooks:\n    triage: carefull@^1.0.0\n",
      'environments/prod.yaml:3:13 ESP802 there is no component "carefull" among playbooks // Did you mean "careful"? Looked in example/playbooks/carefull/ and components/playbooks/carefull/.',
    ],
    [
      "binds a version that is not there",
      USES,
      "bindings:\n  playbooks:\n    triage: quick@^1.0.0\n",
      'environments/prod.yaml:3:13 ESP803 "quick" has version 3.0.0, which does not satisfy ^1.0.0 // It is components/playbooks/quick; change the version that is asked for, or the component.',
    ],
    [
      "binds no version",
      USES,
      "bindings: { playbooks: { triage: careful } }\n",
      'environments/prod.yaml:1:34 ESP804 "careful" is not what a binding can be // Write the component\'s name, @, and a version or a range: small-reader@^2.1.0.',
    ],
    [
      "stands under a category that there is not",
      USES,
      "bindings: { playbok: { triage: careful@^1.0.0 } }\n",
      'environments/prod.yaml:1:13 ESP201 the key "playbok" is unknown here // Did you mean "playbooks"?',
    ],
  ];

  it.each(cases)("that %s is found where it is wrong", async (_name, uses, text, expected) => {
    const { diagnostics } =
      text === undefined
        ? await loadExample(project, uses, FILES)
        : await loadExample(project, uses, environment(text), "prod");
    expect(told(project, diagnostics)).toEqual([expected]);
  });
});
