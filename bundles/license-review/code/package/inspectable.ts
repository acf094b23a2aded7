import { matchesName } from "../policy/judge-component.ts";
import type { Policy } from "../policy/policy.ts";
import type { Component } from "../sbom/component.ts";
import { readPurl } from "../sbom/cyclonedx.ts";

/** Where the default registry of npm purls is, in all the ways in which tools write it. */
const PUBLIC_REGISTRY = /^(https?:\/\/)?registry\.npmjs\.org\/?$/;

/**
 * Why a component's files cannot be had from the npm registry, or undefined if they can. A name that
 * is ours or private must never be asked for there: a stranger may have published under it.
 */
export function whyNotInspectable(component: Component, policy: Policy): string | undefined {
  if (!component.purl) return "the SBOM gives no package URL";
  const purl = readPurl(component.purl);
  if (!purl) return `"${component.purl}" is no package URL`;
  if (purl.type !== "npm")
    return `only npm packages can be looked into, this one is "${purl.type}"`;
  if (!purl.version) return "the SBOM gives no version";
  if (component.private) return "a private package: it is in no registry";
  if (policy.own.some((pattern) => matchesName(pattern, component.name))) {
    return "a package of our own";
  }
  const qualifiers = purl.qualifiers ?? {};
  if (qualifiers.vcs_url) return "it was installed from a version control system";
  if (qualifiers.download_url) return "it was not installed from a registry";
  const registry = qualifiers.repository_url;
  if (registry && !PUBLIC_REGISTRY.test(registry)) return "it comes from another registry";
  // npm takes folders and archives for versions too; a registry has neither.
  if (!/^\d+\.\d+\.\d+/.test(purl.version)) return `"${purl.version}" is no version of a registry`;
  return undefined;
}
