import { pathToFileURL } from "node:url";
export const inProcess = {
  async invoke(h: { file: string }, payload: unknown) {
    const m = await import(pathToFileURL(h.file).href);
    return m.handler(payload);
  },
  async close() {},
};
