/** `knowledge.yaml` of a body of knowledge: which documents, and how they are cut. */
import { z } from "zod";
import { issue } from "../issue.ts";
import { bundlePath } from "../values.ts";

export const KnowledgeFile = z.strictObject({
  documents: z
    .array(
      bundlePath().refine((path) => path !== "chunks.json", {
        message: "The bundle keeps the chunks under this name: give the document another one.",
      }),
    )
    .min(1)
    .describe("Files of the component, or folders of it: documents."),
  chunk: z
    .strictObject({
      size: z.int().min(100).max(20_000).default(1200).describe("Characters at most."),
      overlap: z.int().min(0).default(150).describe("Characters that neighbours share."),
    })
    .prefault({})
    .check((ctx) => {
      const { size, overlap } = ctx.value;
      if (overlap * 2 <= size) return;
      ctx.issues.push(
        issue(
          overlap,
          {
            code: "ESP204",
            message: `an overlap of ${overlap} is more than half of a chunk of ${size}`,
            hint: "Chunks would repeat each other: lower the overlap, or raise the size.",
          },
          ["overlap"],
        ),
      );
    }),
  limit: z.int().min(1).max(50).default(5).describe("Results, unless a step asks for fewer."),
});
export type KnowledgeFile = z.infer<typeof KnowledgeFile>;
