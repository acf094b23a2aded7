/** The parts that we use of packages that ship no types. */

declare module "spdx-expression-parse" {
  type Parsed =
    | { license: string; plus?: true; exception?: string }
    | { left: Parsed; conjunction: "and" | "or"; right: Parsed };
  /** Throws on anything that is no SPDX expression. Ids are case-sensitive here. */
  export default function parse(source: string): Parsed;
}

declare module "pacote" {
  interface Options {
    cache?: string;
    registry?: string;
    integrity?: string;
    resolved?: string;
    offline?: boolean;
    preferOffline?: boolean;
    timeout?: number;
    fetchRetries?: number;
    signal?: AbortSignal;
  }
  const pacote: {
    tarball: {
      /** `handler` may be called twice: once for the cache, once for the network. */
      stream<T>(
        spec: string,
        handler: (stream: NodeJS.ReadableStream) => Promise<T>,
        options?: Options,
      ): Promise<T>;
    };
  };
  export default pacote;
}
