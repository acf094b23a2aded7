import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadContract } from "../../lib/manifest/contract.ts";
import { inputProblems } from "../../lib/manifest/input-problems.ts";
import { loadApprovalPolicy } from "../../lib/manifest/load-approval-policy.ts";
import type { Json } from "../../lib/manifest/values.ts";
import { REVIEW } from "./example-bundle.ts";

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "espalier-contract-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

function load(text: string): string[] {
  const path = join(root, "contract.yaml");
  writeFileSync(path, text);
  return loadContract(path, "c.yaml").diagnostics.map(
    ({ place, code, message }) => `${place?.line}:${place?.column} ${code} ${message}`,
  );
}

describe("a contract file", () => {
  it.each([
    [
      "that is sound",
      "type: object\nproperties: { a: { type: string, format: uri, x-data-class: pii } }\n",
      [],
    ],
    [
      "in JSON",
      '{ "type": "object", "$defs": { "a": true }, "properties": { "b": { "$ref": "#/$defs/a" } } }',
      [],
    ],
    ["that is no mapping", "just text\n", ["1:1 ESP401 a JSON Schema is expected here: a mapping"]],
    [
      "with a keyword that is misspelt",
      "type: object\nproperites: {}\n",
      ['2:1 ESP201 JSON Schema has no keyword "properites"'],
    ],
    [
      "with a wrong type, in depth",
      "properties:\n  a:\n    items: { type: strng }\n",
      ['3:20 ESP401 this is no valid JSON Schema: "strng" is not possible here, perhaps string'],
    ],
    [
      "with a value of the wrong kind",
      "required: name\n",
      ["1:11 ESP401 this is no valid JSON Schema: must be array"],
    ],
    [
      "with a reference to nothing",
      "$ref: '#/$defs/a'\n",
      ["1:1 ESP401 this is no valid JSON Schema: can't resolve reference #/$defs/a from id #"],
    ],
    [
      "with a pattern that is none",
      "properties: { a: { pattern: '(' } }\n",
      ["1:29 ESP401 this is no regular expression: unterminated group"],
    ],
    [
      "that leaves its file",
      "items: { $ref: other.yaml }\n",
      ['1:16 ESP402 "other.yaml" is another document; a contract is complete in itself'],
    ],
  ])("%s", (_name, text, expected) => {
    expect(load(text)).toEqual(expected);
  });
});

describe("an approval policy", () => {
  it("is checked like a manifest", () => {
    const path = join(root, "policy.yaml");
    writeFileSync(path, REVIEW);
    expect(loadApprovalPolicy(path).policy).toMatchObject({ fourEyes: true, onExpiry: "fail" });
    writeFileSync(path, "approval: x\ntitle: y\napprovers: []\ndeadline: soon\non-expiry: fail\n");
    expect(
      loadApprovalPolicy(path, "p").diagnostics.map(({ code, place, hint }) => [
        code,
        place?.line,
        hint,
      ]),
    ).toEqual([
      ["ESP204", 3, undefined],
      ["ESP211", 4, expect.stringContaining("7d")],
      ["ESP201", 5, 'Did you mean "onExpiry"?'],
    ]);
  });
});

describe("a run's input against its contract", () => {
  const schema = {
    type: "object",
    properties: {
      sbom: { "x-artifact": true, type: "object", required: ["bomFormat"] },
      parts: {
        type: "array",
        items: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
      },
      level: { enum: ["low", "high"] },
      "odd key": { type: "integer", minimum: 1 },
      either: { anyOf: [{ type: "string" }, { type: "number" }] },
    },
    required: ["sbom"],
    additionalProperties: false,
  } satisfies Record<string, Json>;
  const sbom = { bomFormat: "CycloneDX" };
  const $artifact = `sha256:${"a".repeat(64)}`;

  it.each<[string, Json, string[]]>([
    ["valid", { sbom }, []],
    [
      "an artifact by reference",
      { sbom: { $artifact, bytes: 5, mediaType: "application/json" } },
      [],
    ],
    [
      "a reference that is none",
      { sbom: { $artifact: "sha256:1", bytes: 5, mediaType: "a/b" } },
      [
        '$.sbom.$artifact: expected text that matches ^sha256:[0-9a-f]{64}$, found the text "sha256:1"',
      ],
    ],
    [
      "neither a reference nor what the contract wants",
      { sbom: {} },
      ['$.sbom: the property "bomFormat" is missing'],
    ],
    ["another type altogether", [1], ["$: expected an object, found a list"]],
    ["something missing", {}, ['$: the property "sbom" is missing']],
    ["something unknown", { sbom, more: 1 }, ['$: the property "more" is not expected']],
    [
      "several things at once",
      { sbom, parts: [{ name: "a" }, { name: 1 }, {}], level: "mid", "odd key": 0 },
      [
        "$.parts[1].name: expected text, found the number 1",
        '$.parts[2]: the property "name" is missing',
        '$.level: expected one of "low", "high", found the text "mid"',
        '$["odd key"]: must be >= 1, found the number 0',
      ],
    ],
    [
      "no alternative",
      { sbom, either: true },
      ["$.either: none of the possible shapes fits, found true"],
    ],
  ])("%s", (_name, value, expected) => {
    expect(inputProblems(schema, value).map(({ at, message }) => `${at}: ${message}`)).toEqual(
      expected,
    );
  });

  it("is cut off after twenty problems, and accepts anything without a contract", () => {
    const parts = Array.from({ length: 100 }, () => ({}));
    expect(inputProblems(schema, { sbom, parts })).toHaveLength(20);
    expect(inputProblems(true, [1])).toEqual([]);
  });

  it("takes any document where the contract only says that it is one", () => {
    const any = { type: "object", properties: { a: { "x-artifact": true } } };
    expect(inputProblems(any, { a: "text" })).toEqual([]);
    expect(inputProblems(any, { a: { $artifact: "x" } })).not.toEqual([]);
  });
});
