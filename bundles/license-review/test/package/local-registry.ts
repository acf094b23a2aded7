/** A registry on 127.0.0.1 that speaks what npm speaks, and archives with whatever we like in them. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { Header } from "tar";

export interface Entry {
  readonly path: string;
  readonly content?: string;
  readonly type?: "File" | "SymbolicLink";
  readonly linkpath?: string;
}

/** A gzipped tar archive. */
export function archiveOf(entries: readonly Entry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = "", type = "File", linkpath }) => {
    const body = Buffer.from(content);
    const block = Buffer.alloc(512);
    const header = new Header({
      path,
      type,
      mode: 0o644,
      size: body.length,
      ...(linkpath && { linkpath }),
    });
    header.encode(block);
    return [block, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export function integrityOf(archive: Buffer): string {
  return `sha512-${createHash("sha512").update(archive).digest("base64")}`;
}

export interface LocalRegistry {
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** `packages`: `name@version` → archive. With `lie`, the metadata names a digest that is not the archive's. */
export async function startRegistry(
  packages: ReadonlyMap<string, Buffer>,
  { lie = false } = {},
): Promise<LocalRegistry> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    for (const [spec, archive] of packages) {
      const at = spec.lastIndexOf("@");
      const name = spec.slice(0, at);
      const version = spec.slice(at + 1);
      const file = `/${name}/-/${name.replace(/^@[^/]+\//, "")}-${version}.tgz`;
      if (path === file) {
        response.end(archive);
        return;
      }
      if (path === `/${name}`) {
        const dist = {
          tarball: url() + file.slice(1),
          integrity: integrityOf(lie ? Buffer.from("x") : archive),
        };
        const versions = { [version]: { name, version, dist } };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ name, "dist-tags": { latest: version }, versions }));
        return;
      }
    }
    response.writeHead(404).end("{}");
  });
  const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: url(),
    asked,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
