import type { Code } from "./code.ts";

const OWN = (kind: string) =>
  `apiVersion: espalier/v1\ncomponent: reader\nkind: ${kind}\nversion: 1.2.0\nowner: a@example.com\n`;

/** Of a version whose files are others now. */
const NONE = `sha256:${"0".repeat(64)}`;
const LISTING = `${JSON.stringify({
  published: 1,
  component: "retention/reader",
  version: "1.2.0",
  digest: NONE,
  files: { "component.yaml": NONE },
})}\n`;

/** ESP8xx: components and environments. */
export const COMPONENT_CODES = {
  ESP801: {
    title: "No version",
    explanation:
      "A reference to a component gives an exact version (`1.4.2`, `2026.11.1`) or a range as npm writes it (`^2.1.0`, `>=1.2 <3`).",
    example: { keys: "uses:\n  models: { reader: latest }\n" },
  },
  ESP802: {
    title: "No such component",
    explanation:
      "A component is a folder with a `component.yaml`: in the bundle itself (`bundles/NAME/CATEGORY/COMPONENT/`), or shared by all bundles (`bundles/components/CATEGORY/COMPONENT/`).",
    example: { keys: "uses:\n  models: { writer: ^1.0.0 }\n" },
  },
  ESP803: {
    title: "Version does not satisfy",
    explanation:
      "Neither the component that is there nor any version of it that was published is what the reference asks for. One of the bundle's own hides a shared one of the same name.",
    example: {
      keys: "uses:\n  retention: { reader: ^2.0.0 }\n",
      files: {
        "retention/reader/component.yaml": OWN("retention"),
        "retention/reader/retention.yaml": "{}\n",
      },
    },
  },
  ESP804: {
    title: "Malformed binding",
    explanation:
      "In a manifest, `bind` names a category and a key of the environment's bindings: `models.reader`. There it stands for a component and its version: `small-reader@^2.1.0`.",
    example: { keys: "uses:\n  models: { reader: { bind: reader } }\n" },
  },
  ESP805: {
    title: "Binding missing",
    explanation:
      "An environment that deploys the bundle does not say which component the binding stands for there. Write it into `bundles/environments/NAME.yaml`, under `bindings`; for work on one machine, into `local.yaml`.",
    example: { keys: "uses:\n  models: { reader: { bind: models.reader } }\n" },
  },
  ESP806: {
    title: "Component of another kind",
    explanation:
      "What is used, or bound, under one category is a component of another one: a toolset in the place of a model, for example.",
    example: { keys: "uses:\n  models: { reader: { bind: toolsets.reader } }\n" },
  },
  ESP807: {
    title: "component.yaml contradicts its folder",
    explanation:
      "A component's name is that of its folder, and its kind is that of the category around it.",
    example: {
      keys: "uses:\n  retention: { reader: ^1.0.0 }\n",
      files: {
        "retention/reader/component.yaml": OWN("toolset"),
        "retention/reader/retention.yaml": "{}\n",
      },
    },
  },
  ESP808: {
    title: "Component without its file",
    explanation:
      "Beside `component.yaml`, a component has the file of its kind: `model.yaml`, `toolset.yaml`, prompts ending in `.md`, …",
    example: {
      keys: "uses:\n  playbooks: { reader: ^1.0.0 }\n",
      files: { "playbooks/reader/component.yaml": OWN("playbook") },
    },
  },
  ESP809: {
    title: "Path that belongs to components",
    explanation:
      "`components/` is where the files of used components are kept in a snapshot; a bundle has no files of its own there.",
    example: {
      steps: "- id: first\n  approval: components/review.yaml\n",
      files: {
        "components/review.yaml":
          "approval: review\ntitle: Is this right?\napprovers: [risk@example.com]\ndeadline: 3d\n",
      },
    },
  },
  ESP810: {
    title: "Stale lock",
    explanation:
      "`bundle.lock.json` says what exactly a bundle is made of, and something is different now: the message names it. `espalier lock` writes it anew; its difference is what a review reads.",
    example: {
      keys: "",
      files: {
        "bundle.lock.json":
          '{"lock":1,"workflow":"example","version":"0.9.0","espalier":"0.1.0","bundle":{"parts":{},"code":{}},"components":{},"bindings":{}}\n',
      },
    },
  },
  ESP811: {
    title: "No lock",
    explanation:
      "`bundle.lock.json` is not what `espalier lock` writes: edited, left with the marks of a merge, or of a later version. Take either side of a merge and write it anew.",
    example: { keys: "", files: { "bundle.lock.json": "{}\n" } },
  },
  ESP812: {
    title: "Published version was changed",
    explanation:
      "What `espalier publish` has stored in `versions/CATEGORY/COMPONENT/VERSION/` is not what its listing, `.published.json`, says any more. Locks name that version, so it never changes: restore it from the history of the repository, and publish what is new as another version.",
    example: {
      keys: "uses:\n  retention: { reader: ^1.0.0 }\n",
      files: {
        "versions/retention/reader/1.2.0/component.yaml": OWN("retention"),
        "versions/retention/reader/1.2.0/retention.yaml": "class: long\n",
        "versions/retention/reader/1.2.0/.published.json": LISTING,
      },
    },
  },
  ESP813: {
    title: "Version is published with other content",
    explanation:
      "A component is being worked on and still says the version that was published, so nobody could tell which of both a reference means. Give it another version in `component.yaml`.",
    example: {
      keys: "uses:\n  retention: { reader: ^1.0.0 }\n",
      files: {
        "retention/reader/component.yaml": OWN("retention"),
        "retention/reader/retention.yaml": "class: long\n",
        "versions/retention/reader/1.2.0/.published.json": LISTING,
      },
    },
  },
  ESP814: {
    title: "Configuration said twice",
    explanation:
      "A configuration that is used as a component is `$config.ALIAS`, and the manifest's own `config` has a key of that name.",
    example: {
      keys: "uses:\n  config: { reader: ^1.0.0 }\nconfig: { reader: 1 }\n",
      files: {
        "config/reader/component.yaml": OWN("config"),
        "config/reader/config.yaml": "{ most: 5 }\n",
      },
    },
  },
} as const satisfies Record<string, Code>;
