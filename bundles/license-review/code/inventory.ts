import { artifact, step, z } from "espalier";
import { Component } from "./sbom/component.ts";
import { readSbom } from "./sbom/read-sbom.ts";

/** Lists what the build consists of. */
export default step({
  input: z.object({
    /** CycloneDX JSON 1.4 to 1.6; inline, or (of any size) by reference. */
    sbom: artifact(),
    subject: z.string().optional(),
  }),
  output: z.object({
    /** Name of what is reviewed: as the run was told, else as the SBOM says. */
    subject: z.string(),
    /** May be large: hand it on whole, expressions cannot look into it. */
    components: z.array(Component),
    specVersion: z.string(),
    duplicates: z.int(),
    ignored: z.int(),
  }),
  async run({ sbom, subject }, { logger }) {
    const read = await readSbom(sbom.stream());
    logger.info("read the SBOM", {
      specVersion: read.specVersion,
      components: read.components.length,
      duplicates: read.duplicates,
      ignored: read.ignored,
    });
    return {
      ...read,
      subject: subject ?? read.subject ?? "unnamed",
      components: [...read.components],
    };
  },
});
