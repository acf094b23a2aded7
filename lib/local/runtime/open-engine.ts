import { Engine, type EngineOptions } from "../../engine/index.ts";
import { RequestError } from "../../runtime/errors.ts";
import { isEngineError } from "./engine-calls.ts";

/**
 * Opens the engine of a data folder, and with it takes the folder's lock.
 * Throws `RequestError` `DataFolderInUse` (with the holder's process id), `DataFolderNewer`,
 * `DataFolderUnusable`.
 */
export async function openEngine(folder: string, options: EngineOptions): Promise<Engine> {
  try {
    return await Engine.open(options);
  } catch (error) {
    if (isEngineError(error, "FolderInUse")) {
      const pid = /process (\d+)/.exec(error.message)?.[1];
      throw new RequestError(
        "DataFolderInUse",
        `The data folder ${folder} is in use by ${pid === undefined ? "another process" : `process ${pid}`}.`,
        "Stop that one, or name another folder with `--data`.",
      );
    }
    if (isEngineError(error, "FolderTooNew")) {
      throw new RequestError("DataFolderNewer", error.message);
    }
    if (isEngineError(error, "FolderNotUsable")) {
      throw new RequestError("DataFolderUnusable", error.message);
    }
    throw error;
  }
}
