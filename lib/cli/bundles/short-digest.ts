/** `sha256:` and 12 digits: enough to tell bundles apart by eye. */
export function shortDigest(digest: string): string {
  return digest.slice(0, "sha256:".length + 12);
}
