import { join, resolve } from "node:path";
import { z } from "zod";
import type { ComponentAddress, Published } from "../../bundle/index.ts";
import { isError, problems } from "../bundles/compile-bundle.ts";
import { shortDigest } from "../bundles/short-digest.ts";
import { defineCommand } from "../command.ts";
import { Failure } from "../failure.ts";

export const publish = defineCommand({
  name: "publish",
  summary: "Store the version of a component, for good",
  details:
    "Copies the component, with a listing of digests, to versions/CATEGORY/NAME/VERSION/ beside bundles/components, or in the bundle whose own it is. Commit that folder: bundles go on with the version that their lock holds when the component moves on. A version that was published never changes; the same content once more is no error.",
  arguments: [
    ["<component...>", "CATEGORY/NAME under ./bundles/components, or the component's folder"],
  ],
  examples: [
    { command: "espalier publish models/small-reader", says: "a component that bundles share" },
    {
      command: "espalier publish bundles/refunds/prompts/letters",
      says: "one of a bundle's own",
    },
  ],
  shape: { args: z.tuple([z.array(z.string().min(1))]), options: z.object({}) },
  async perform({ io, out }, [names]) {
    const { publish: publishOne } = await import("../../bundle/index.ts");
    // All of them are found before the first is written.
    const found: ComponentAddress[] = [];
    for (const name of names) found.push(await selectComponent(name, io.cwd));
    const published = [];
    for (const address of found) {
      const component = `${address.category}/${address.name}`;
      const done = stored(component, await publishOne(address));
      const { version, digest, folder, state } = done;
      const paint = state === "published" ? out.color.green : out.color.dim;
      out.line(`${paint(state)}  ${component} ${version}  ${out.color.dim(shortDigest(digest))}`);
      out.line(`  ${folder}`);
      published.push({ component, version, digest, state, folder });
    }
    return { exitCode: 0, document: { published } };
  },
});

async function selectComponent(name: string, cwd: string): Promise<ComponentAddress> {
  const { addressOf } = await import("../../bundle/index.ts");
  const isShort = /^[a-z]+\/[a-z0-9-]+$/.test(name);
  const folders = [...(isShort ? [join(cwd, "bundles/components", name)] : []), resolve(cwd, name)];
  for (const folder of folders) {
    const address = addressOf(folder);
    if (address !== undefined) return address;
  }
  throw new Failure("ComponentNotFound", `There is no component in ${name}`, {
    hint: "Write CATEGORY/NAME, such as models/small-reader, or the folder with its component.yaml.",
  });
}

function stored(
  component: string,
  published: Published,
): Extract<Published, { state: "published" | "unchanged" }> {
  switch (published.state) {
    case "unsound": {
      const { diagnostics } = published;
      const count = diagnostics.filter(isError).length;
      throw new Failure("ComponentInvalid", `${problems(count)} in ${component}`, {
        diagnostics,
        hint: "Only a component without errors can be published.",
      });
    }
    case "refused":
      throw new Failure(
        "VersionPublished",
        `${component} ${published.version} is published with other content: ${published.changed.join("; ")}`,
        {
          hint: `A published version never changes: give component.yaml another version.\nThe published one is ${published.folder}.`,
        },
      );
    case "published":
    case "unchanged":
      return published;
  }
}
