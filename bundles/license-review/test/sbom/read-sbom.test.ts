import { describe, expect, test } from "vitest";
import { readSbom } from "../../code/sbom/read-sbom.ts";

async function* chunked(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

const read = (document: unknown) => readSbom(chunked(JSON.stringify(document)));

const bom = (components: unknown, more: object = {}) => ({
  bomFormat: "CycloneDX",
  specVersion: "1.5",
  version: 1,
  ...more,
  components,
});

const lib = (name: string, more: object = {}) => ({
  type: "library",
  name,
  version: "1.0.0",
  ...more,
});

describe("what an SBOM lists", () => {
  test.each(["1.4", "1.5", "1.6"])("version %s is read", async (specVersion) => {
    const sbom = await read(bom([lib("a")], { specVersion }));
    expect(sbom).toMatchObject({ specVersion, components: [{ name: "a" }] });
  });

  test("all forms of licences are taken as they are written", async () => {
    const licenses = [
      { license: { id: "MIT" } },
      { license: { name: "Acme Terms", url: "https://example.com/terms" } },
      { license: { url: "https://example.com/only" } },
      { license: {} },
    ];
    const sbom = await read(
      bom([
        lib("a", { licenses }),
        lib("b", { licenses: [{ expression: "MIT OR ISC" }] }),
        lib("c"),
      ]),
    );
    expect(sbom.components.map(({ declared }) => declared)).toEqual([
      [
        { text: "MIT" },
        { text: "Acme Terms", url: "https://example.com/terms" },
        { text: "https://example.com/only", url: "https://example.com/only" },
      ],
      [{ text: "MIT OR ISC" }],
      [],
    ]);
  });

  test("nested components count, in the order of the document; the subject does not", async () => {
    const tree = [
      lib("a", { components: [lib("a1", { components: [lib("a11")] }), lib("a2")] }),
      lib("b"),
    ];
    const sbom = await read(bom(tree, { metadata: { component: lib("build") } }));
    expect(sbom.components.map(({ name }) => name)).toEqual(["a", "a1", "a11", "a2", "b"]);
    expect(sbom.subject).toBe("build@1.0.0");
  });

  test("names come from the package URL, with their scope", async () => {
    const sbom = await read(
      bom([
        lib("client", { purl: "pkg:npm/%40acme/client@2.1.0", version: undefined }),
        lib("commons-lang3", { group: "org.apache.commons" }),
        lib("odd", { purl: "not a purl" }),
      ]),
    );
    expect(sbom.components.map(({ name, version }) => `${name} ${version}`)).toEqual([
      "@acme/client 2.1.0",
      "org.apache.commons/commons-lang3 1.0.0",
      "odd 1.0.0",
    ]);
  });

  test("entries that say the same are one; entries that differ in their licence are two", async () => {
    const mit = { licenses: [{ license: { id: "MIT" } }] };
    const gpl = { licenses: [{ license: { id: "GPL-3.0-only" } }] };
    const sbom = await read(
      bom([
        lib("a", { "bom-ref": "1", ...mit }),
        lib("a", { "bom-ref": "1", ...mit }),
        lib("a", { "bom-ref": "1", ...gpl }),
      ]),
    );
    expect(sbom).toMatchObject({ duplicates: 1, components: [{ name: "a" }, { name: "a" }] });
  });

  test("files without a licence of their own are left out, and counted", async () => {
    const file = { type: "file", name: "/etc/hosts" };
    const licensed = { ...file, licenses: [{ license: { id: "MIT" } }] };
    const sbom = await read(bom([file, licensed]));
    expect(sbom).toMatchObject({ ignored: 1, components: [{ name: "/etc/hosts" }] });
  });

  test("digests become the integrity that npm knows", async () => {
    const hashes = [
      { alg: "SHA-1", content: "00" },
      { alg: "SHA-512", content: "ff00" },
    ];
    const sbom = await read(bom([lib("a", { hashes })]));
    expect(sbom.components[0]?.integrity).toBe("sha512-/wA=");
  });

  test("no components are no mistake", async () => {
    expect((await read(bom([]))).components).toEqual([]);
    expect((await read({ bomFormat: "CycloneDX", specVersion: "1.6" })).components).toEqual([]);
  });

  test("a byte order mark and blanks around the document do not matter", async () => {
    const text = `\uFEFF\n ${JSON.stringify(bom([lib("a")]))} \n\n`;
    expect((await readSbom(chunked(text))).components).toHaveLength(1);
  });
});

describe("a document that is no SBOM fails, and says where", () => {
  test.each<[string, string, string]>([
    ["", "$", "it is empty"],
    ["<bom/>", "$", 'Unexpected "<" at byte 0'],
    ['{"bomFormat":"CycloneDX",', "$", "cut off"],
    ["[1]", "$", "found an array"],
    ["7", "$", "found a number"],
    ['"text"', "$", "found a string"],
    ["{}", "$.bomFormat", 'found nothing, expected "CycloneDX"'],
    ['{"spdxVersion":"SPDX-2.3"}', "$.spdxVersion", "an SPDX document"],
    ['{"bomFormat":"SPDX"}', "$.bomFormat", 'found "SPDX"'],
    [
      '{"bomFormat":"CycloneDX","specVersion":"1.2"}',
      "$.specVersion",
      'found "1.2", expected "1.4", "1.5", "1.6"',
    ],
    ['{"bomFormat":"CycloneDX","specVersion":1.5}', "$.specVersion", "found 1.5"],
    [JSON.stringify(bom({ a: {} })), "$.components", "found an object, expected a list"],
    [JSON.stringify(bom("none")), "$.components", "found a string"],
    [JSON.stringify(bom([lib("a"), 7])), "$.components[1]", "found 7, expected object"],
    [
      JSON.stringify(bom([{ version: "1" }])),
      "$.components[0].name",
      "found nothing, expected string",
    ],
    [
      JSON.stringify(bom([lib("a", { components: [lib("b"), { name: 3 }] })])),
      "$.components[0].components[1].name",
      "found 3",
    ],
    [
      JSON.stringify(bom([lib("a", { licenses: ["MIT"] })])),
      "$.components[0].licenses[0]",
      "expected { license:",
    ],
    [
      JSON.stringify(bom([lib("a", { components: {} })])),
      "$.components[0].components",
      "expected a list",
    ],
    [`${'{"a":'.repeat(300)}1${"}".repeat(300)}`, "$", "levels deep"],
  ])("%s", async (text, path, message) => {
    await expect(readSbom(chunked(text))).rejects.toMatchObject({
      name: "Contract.InputInvalid",
      message: expect.stringContaining(message),
      details: { path },
    });
  });
});

test("a document of 100 MB is read without holding it", async () => {
  const component = JSON.stringify(
    lib("a", { description: "x".repeat(10_000), licenses: [{ license: { id: "MIT" } }] }),
  );
  async function* large() {
    yield Buffer.from('{"bomFormat":"CycloneDX","specVersion":"1.6","components":[');
    for (let i = 0; i < 10_000; i++) {
      yield Buffer.from(`${i ? "," : ""}${component.replace('"a"', `"a${i}"`)}`);
    }
    yield Buffer.from("]}");
  }
  const before = process.memoryUsage().rss;
  const sbom = await readSbom(large());
  expect(sbom.components).toHaveLength(10_000);
  // The document would take at least its 100 MB; garbage that is not collected yet is allowed for.
  expect(process.memoryUsage().rss - before).toBeLessThan(400 * 1024 * 1024);
});
