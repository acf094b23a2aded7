/** `Control` over HTTP: the runtime that another process of this machine runs. */
import type { Approval } from "../../runtime/approval/approval.ts";
import type { ApprovalStats, Period } from "../../runtime/approval/approval-stats.ts";
import type { DelegationRequest } from "../../runtime/approval/delegate.ts";
import type { Revocation } from "../../runtime/approval/revoke-links-of.ts";
import type { AuditEntry } from "../../runtime/audit.ts";
import type {
  Control,
  DeployedWorkflow,
  RunDetail,
  RunEvent,
  RunRecord,
  StartRun,
} from "../../runtime/control.ts";
import { RequestError } from "../../runtime/errors.ts";
import type { ArtifactRef } from "../../runtime/ports.ts";
import type { Repaired, RepairRequest } from "../../runtime/repair/repair.ts";
import type { SwitchFlip, SwitchState } from "../../runtime/switch/switch.ts";
import type { RunJournals } from "../../runtime/trace/run-journals.ts";
import type { AuditVerdict } from "../../runtime/verify-audit.ts";
import type { DeployableControl } from "./control-routes.ts";
import type { Deployment } from "./deployment.ts";
import { deploymentDocument } from "./deployment-document.ts";
import { type RuntimeFile, readRuntimeFile } from "./runtime-file.ts";
import { BASE, ErrorDocument, errorFrom } from "./wire.ts";

/** How long a runtime may take to say that it is there, in milliseconds. */
const HELLO_MS = 10_000;

/**
 * Connects to the runtime that serves the data folder. Undefined if none does: no `runtime.json`, or
 * one that a crash left behind. Throws `RequestError` `RuntimeUnreachable` if the process that it
 * names lives but does not answer.
 */
export async function connectControl(directory: string): Promise<HttpControl | undefined> {
  const file = await readRuntimeFile(directory);
  if (!file) return undefined;
  const control = new HttpControl(file);
  if (await control.answers()) return control;
  return undefined;
}

export class HttpControl implements DeployableControl {
  readonly pid: number;
  readonly url: string;
  readonly #token: string;
  readonly #closed = new AbortController();

  constructor({ pid, url, token }: Pick<RuntimeFile, "pid" | "url" | "token">) {
    this.pid = pid;
    this.url = url;
    this.#token = token;
  }

  /** Whether the runtime behind the token answers. Another program on its port does not count. */
  async answers(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}${BASE}/runtime`, {
        headers: this.#headers(),
        signal: AbortSignal.timeout(HELLO_MS),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch (error) {
      if (error instanceof Error && error.name === "TimeoutError") {
        throw new RequestError(
          "RuntimeUnreachable",
          `The runtime of process ${this.pid} at ${this.url} does not answer.`,
          "It may be stopped or overloaded. Wait, or end that process; nothing that it has acknowledged is lost.",
        );
      }
      return false;
    }
  }

  async workflows(): Promise<readonly DeployedWorkflow[]> {
    return this.#get("/workflows");
  }

  async deploy(deployment: Deployment): Promise<void> {
    await this.#post("/deployments", deploymentDocument(deployment));
  }

  async startRun(request: StartRun): Promise<RunRecord> {
    return this.#post("/runs", request);
  }

  async runs(filter: Parameters<Control["runs"]>[0] = {}): Promise<readonly RunRecord[]> {
    return this.#get(`/runs${query(filter)}`);
  }

  async run(id: string): Promise<RunDetail> {
    return this.#get(`/runs/${encodeURIComponent(id)}`);
  }

  async *history(
    id: string,
    options: {
      readonly after?: number;
      readonly follow?: boolean;
      readonly signal?: AbortSignal;
    } = {},
  ): AsyncGenerator<RunEvent> {
    const path = `/runs/${encodeURIComponent(id)}/history`;
    const { signal } = options;
    const asked = query({ after: options.after ?? 0, follow: options.follow ? 1 : 0 });
    try {
      const answer = await this.#fetch(path + asked, signal ? { signal } : {});
      for await (const line of lines(answer, this.pid)) {
        const read = JSON.parse(line) as RunEvent | { readonly error: unknown };
        if ("error" in read && !("type" in read)) throw errorFrom(ErrorDocument.parse(read.error));
        yield read as RunEvent;
      }
    } catch (error) {
      if (signal?.aborted || this.#closed.signal.aborted) return;
      throw error;
    }
  }

  async journals(id: string): Promise<RunJournals> {
    return this.#get(`/runs/${encodeURIComponent(id)}/journals`);
  }

  async stopRun(id: string, reason: string): Promise<void> {
    await this.#post(`/runs/${encodeURIComponent(id)}/stop`, { reason });
  }

  async redriveRun(id: string): Promise<void> {
    await this.#post(`/runs/${encodeURIComponent(id)}/redrive`, {});
  }

  async repairRun({ run, ...repair }: RepairRequest): Promise<Repaired> {
    return this.#post(`/runs/${encodeURIComponent(run)}/repair`, repair);
  }

  async approvals(filter: Parameters<Control["approvals"]>[0] = {}): Promise<readonly Approval[]> {
    return this.#get(`/approvals${query({ ...filter })}`);
  }

  async approval(id: string): Promise<Approval> {
    return this.#get(`/approvals/${encodeURIComponent(id)}`);
  }

  async decide(id: string, decision: Parameters<Control["decide"]>[1]): Promise<Approval> {
    return this.#post(`/approvals/${encodeURIComponent(id)}/decision`, decision);
  }

  async delegate(id: string, delegation: DelegationRequest): Promise<Approval> {
    return this.#post(`/approvals/${encodeURIComponent(id)}/delegation`, delegation);
  }

  async revokeLinks(id: string, revocation: Revocation): Promise<Approval> {
    return this.#post(`/approvals/${encodeURIComponent(id)}/revocation`, revocation);
  }

  async approvalStats(period: Period = {}): Promise<ApprovalStats> {
    return this.#get(`/approval-stats${query({ from: period.from, to: period.to })}`);
  }

  async audit(run: string): Promise<readonly AuditEntry[]> {
    return this.#get(`/runs/${encodeURIComponent(run)}/audit`);
  }

  async verifyAudit(run?: string): Promise<readonly AuditVerdict[]> {
    return this.#get(`/audit${query({ run })}`);
  }

  async switches(): Promise<readonly SwitchState[]> {
    return this.#get("/switches");
  }

  async flipSwitch(flip: SwitchFlip): Promise<SwitchState> {
    return this.#post("/switches", flip);
  }

  async putArtifact(
    body: Uint8Array | AsyncIterable<Uint8Array>,
    info: { readonly mediaType: string; readonly name?: string },
  ): Promise<ArtifactRef> {
    const init = {
      method: "POST",
      headers: {
        "content-type": info.mediaType,
        ...(info.name !== undefined && { "x-artifact-name": encodeURIComponent(info.name) }),
      },
      body: body instanceof Uint8Array ? Buffer.from(body) : ReadableStream.from(body),
      // Node's fetch asks for it with a body that streams; the types know it only by this cast.
      duplex: "half",
    } as RequestInit;
    return (await (await this.#fetch("/artifacts", init)).json()) as ArtifactRef;
  }

  async *openArtifact(digest: string): AsyncGenerator<Uint8Array> {
    const answer = await this.#fetch(`/artifacts/${encodeURIComponent(digest)}`, {});
    if (answer.body) yield* answer.body;
  }

  /** Ends what this client has under way; the runtime goes on. */
  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #get<T>(path: string): Promise<T> {
    return (await (await this.#fetch(path, {})).json()) as T;
  }

  async #post<T>(path: string, body: unknown): Promise<T> {
    const init = {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    };
    return (await (await this.#fetch(path, init)).json()) as T;
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const signals = [this.#closed.signal, ...(init.signal ? [init.signal] : [])];
    let answer: Response;
    try {
      answer = await fetch(this.url + BASE + path, {
        ...init,
        headers: { ...init.headers, ...this.#headers() },
        signal: AbortSignal.any(signals),
      });
    } catch (error) {
      if (signals.some(({ aborted }) => aborted)) throw error;
      throw gone(this.pid, error);
    }
    if (answer.ok) return answer;
    throw errorFrom(ErrorDocument.parse(await answer.json()));
  }

  #headers(): { authorization: string } {
    return { authorization: `Bearer ${this.#token}` };
  }
}

/** The lines of a stream as they arrive; blank ones only keep the connection alive. */
async function* lines(answer: Response, pid: number): AsyncGenerator<string> {
  let rest = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of answer.body ?? []) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) if (line !== "") yield line;
    }
  } catch (error) {
    throw error instanceof TypeError ? gone(pid, error) : error;
  }
}

function gone(pid: number, cause: unknown): RequestError {
  const error = new RequestError(
    "RuntimeUnreachable",
    `The connection to the runtime of process ${pid} was lost.`,
    "If it has ended, the next command starts a runtime of its own, and the run goes on where it was.",
  );
  error.cause = cause;
  return error;
}

function query(fields: { readonly [name: string]: string | number | boolean | undefined }): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) search.set(name, String(value));
  }
  return search.size === 0 ? "" : `?${search}`;
}
