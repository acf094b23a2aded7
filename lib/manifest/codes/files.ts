import type { Code } from "./code.ts";

/** ESP1xx: files and YAML. */
export const FILE_CODES = {
  ESP101: {
    title: "File cannot be read",
    explanation:
      "The file is missing, is a folder, or may not be read by this user. Check the path and its permissions.",
    example: { words: "`workflow.yaml` is a folder, or has no read permission." },
  },
  ESP102: {
    title: "File is too large",
    explanation:
      "A manifest, contract or policy has at most 1 MiB. Large data belongs into an input or an artifact; large code into handlers.",
    example: { words: "A `workflow.yaml` of 10 MB." },
  },
  ESP103: {
    title: "File is not UTF-8 text",
    explanation:
      "The bytes are no valid UTF-8, or hold control characters that YAML does not allow. Save the file as UTF-8 text.",
    example: { words: "A `workflow.yaml` saved as UTF-16." },
  },
  ESP104: {
    title: "File is empty",
    explanation: "The file holds nothing but white space and comments.",
    example: { manifest: "# to be written\n" },
  },
  ESP105: {
    title: "More than one document",
    explanation: "One file holds one document. Remove the `---` or split the file.",
    example: { manifest: "workflow: a\n---\nworkflow: b\n" },
  },
  ESP106: {
    title: "Tab in the indentation",
    explanation: "YAML is indented with spaces; a tab there has no defined width.",
    example: { manifest: "owners:\n\tbusiness: legal@example.com\n" },
  },
  ESP107: {
    title: "Key given twice",
    explanation: "A mapping has each key once. YAML readers differ in which one they would take.",
    example: { keys: "description: one\ndescription: two\n" },
  },
  ESP108: {
    title: "Aliases grow without bound",
    explanation:
      "An alias names itself, or aliases multiply (a few short lines can stand for gigabytes). Write the values out.",
    example: {
      manifest: `a: &a [x, x, x, x, x, x, x, x, x, x]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]
e: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]
`,
    },
  },
  ESP109: {
    title: "Merge key",
    explanation:
      "`<<` is no part of YAML 1.2. Write the keys out, or name the whole value with an alias.",
    example: { keys: "config:\n  base: &base { a: 1 }\n  more: { <<: *base, b: 2 }\n" },
  },
  ESP110: {
    title: "YAML syntax error",
    explanation: "The file cannot be read as YAML 1.2. The message is that of the YAML reader.",
    example: { manifest: "workflow: [a, b\n" },
  },
  ESP111: {
    title: "Value that JSON cannot hold",
    explanation:
      "A manifest is JSON in another spelling: no `.nan`, no `.inf`, no tags of your own, and every key is text.",
    example: { keys: "config:\n  ratio: .inf\n" },
  },
  ESP112: {
    title: "Nested too deeply",
    explanation: "A file may nest at most 64 levels. Flatten it, or move a part into a file.",
    example: { words: "A thousand `[` one in another." },
  },
} as const satisfies Record<string, Code>;
