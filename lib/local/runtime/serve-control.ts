import { randomBytes } from "node:crypto";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { RequestError } from "../../runtime/errors.ts";
import { controlRoutes, type DeployableControl } from "./control-routes.ts";
import { refuseForeign, requireToken } from "./guard.ts";
import { removeRuntimeFile, writeRuntimeFile } from "./runtime-file.ts";
import { type PagesOptions, servePages } from "./serve-pages.ts";
import { BASE, errorDocument } from "./wire.ts";

export interface ControlServer {
  /** `http://127.0.0.1:PORT`: the control interface, and the Step Functions API for AWS SDKs. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends the connections. */
  close(): Promise<void>;
}

/**
 * Serves a runtime on 127.0.0.1 and tells other processes so in the data folder's `runtime.json`.
 * `stepFunctions`: the AWS API, mounted at `/`. `pages`: what browsers are shown. `port`: 0 for any that
 * is free.
 * Throws `RequestError` `PortInUse`.
 */
export async function serveControl(
  control: DeployableControl,
  options: {
    readonly directory: string;
    readonly port: number;
    readonly stepFunctions?: Hono;
    readonly pages?: Omit<PagesOptions, "directory">;
  },
): Promise<ControlServer> {
  const token = randomBytes(32).toString("base64url");
  const app = new Hono();
  // Before the guard: browsers are meant to come here, and the pages look at them more closely.
  let listening = options.port;
  if (options.pages) {
    app.use(servePages({ ...options.pages, directory: options.directory }, () => listening));
  }
  app.use(refuseForeign);
  app.use(`${BASE}/*`, requireToken(token));
  app.route(BASE, controlRoutes(control));
  if (options.stepFunctions) app.route("/", options.stepFunctions);
  app.notFound((context) =>
    context.json({ code: "NotFound", message: "There is nothing under this path." }, 404),
  );
  app.onError((error, context) => context.json(errorDocument(error), 500));

  const server = createAdaptorServer({ fetch: app.fetch });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => reject(listenError(error, options.port)));
    server.listen(options.port, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  listening = port;
  const url = `http://127.0.0.1:${port}`;
  await writeRuntimeFile(options.directory, {
    pid: process.pid,
    url,
    token,
    startedAt: new Date().toISOString(),
  });
  return {
    url,
    port,
    async close() {
      // First the file: who reads it from now on starts a runtime of its own.
      await removeRuntimeFile(options.directory, token);
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
    },
  };
}

function listenError(error: unknown, port: number): unknown {
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return new RequestError(
      "PortInUse",
      `The port ${port} of 127.0.0.1 is in use by another process.`,
      "Choose another with `--port`, or 0 for any that is free.",
    );
  }
  return error;
}
