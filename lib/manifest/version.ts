/** Versions of workflows and components, and the ranges that references to components give. */
import validRange from "semver/ranges/valid.js";
import { z } from "zod";
import { issue } from "./issue.ts";
import { quoted } from "./quoted.ts";

/** Version 2.0.0 of semver.org, without build metadata: that would not order versions. */
const SEMVER =
  /^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/;

export const Version = z
  .string()
  .describe("Semantic version: 1.4.0; or a date in the same form: 2026.11.1.")
  .meta({ pattern: SEMVER.source })
  .check((ctx) => {
    if (SEMVER.test(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP212",
        message: `"${ctx.value}" is no semantic version`,
        hint: /\.0[0-9]/.test(ctx.value)
          ? `Write it without leading zeros: ${ctx.value.replaceAll(/\.0+(?=[0-9])/g, ".")}.`
          : "Write three numbers, and a pre-release if need be: 1.4.0, 2.0.0-rc.1.",
      }),
    );
  });

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** True for what npm calls a range (`^2.1.0`, `1.4.2`, `>=1.2 <3`), and for a digest. */
export function isVersionReference(text: string): boolean {
  return DIGEST.test(text) || (text.trim() !== "" && validRange(text) !== null);
}

/** An exact version, a range in npm's notation, or the digest of one version's files. */
export const VersionReference = z
  .string()
  .describe("An exact version, 1.4.2 or 2026.11.1, a range as npm writes it, ^2.1.0, or a digest.")
  .check((ctx) => {
    if (isVersionReference(ctx.value)) return;
    ctx.issues.push(
      issue(ctx.value, {
        code: "ESP801",
        message: ctx.value.startsWith("sha256:")
          ? `${quoted(ctx.value)} is no digest`
          : `${quoted(ctx.value)} is neither a version nor a range of versions`,
        hint: ctx.value.startsWith("sha256:")
          ? "Write sha256: and its 64 digits, as bundle.lock.json has them."
          : "Write an exact version such as 1.4.2 or 2026.11.1, or a range such as ^2.1.0.",
      }),
    );
  });
