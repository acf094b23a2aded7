import { z } from "zod";
import { packBundle } from "../archive/pack-bundle.ts";
import { unpackBundle, verifyBundle } from "../archive/read-bundle.ts";
import { defineCommand } from "../command.ts";
import { usageFailure } from "../failure.ts";

const ACTIONS = ["pack", "verify", "unpack"] as const;

export const bundle = defineCommand({
  name: "bundle",
  environment: true,
  summary: "Pack a bundle into one file, verify it, and unpack it elsewhere",
  details:
    "pack takes a bundle's name or folder, as it is on this machine or with --environment; or a digest that the data folder keeps. The file is a tar archive of the snapshot: manifest, lock, contracts, prompts, policies, components, compiled code with source maps, and the state machine. The same snapshot gives the same bytes. verify compares every file with its digest, and the bundle's own. unpack verifies, and puts the snapshot into the data folder, where replay finds it, or into a folder of its own. Both take an archive that was compressed with gzip, too.",
  arguments: [
    ["<action>", "pack, verify or unpack"],
    ["<what>", "pack, verify: a bundle or a digest; verify, unpack: the packed file"],
  ],
  options: [
    {
      flags: "--out <path>",
      description: "pack: the file; unpack: a folder that is not there yet",
    },
  ],
  examples: [
    { command: "espalier bundle pack refunds --out refunds.tar", says: "a bundle of this project" },
    { command: "espalier bundle pack 5dab3c0f1a", says: "one that has run here" },
    { command: "espalier bundle verify refunds.tar", says: "is it what it says?" },
    {
      command: "espalier bundle unpack refunds.tar --data elsewhere",
      says: "so that its runs can be replayed there",
    },
  ],
  shape: {
    args: z.tuple([
      z.enum(ACTIONS, { error: "expected pack, verify or unpack" }),
      z.string().min(1),
    ]),
    options: z.object({ out: z.string().min(1).optional() }),
  },
  async perform(invocation, [action, what], { out }) {
    if (action !== "pack" && invocation.aws !== undefined) {
      throw usageFailure(`bundle ${action} takes no --environment`);
    }
    switch (action) {
      case "pack":
        return packBundle(invocation, what, out);
      case "verify":
        if (out !== undefined)
          throw usageFailure("bundle verify writes nothing: it takes no --out");
        return verifyBundle(invocation, what);
      case "unpack":
        return unpackBundle(invocation, what, out);
    }
  },
});
