/** What both ends of the control interface over HTTP agree on. */
import { z } from "zod";
import { RequestError, type RequestErrorCode } from "../../runtime/errors.ts";
import type { Json } from "../../runtime/json.ts";

export const BASE = "/espalier/v1";

/** A blank line goes out this often, so that no party takes a quiet stream for a dead one. */
export const HEARTBEAT_MS = 10_000;

export const ErrorDocument = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string().nullable().optional(),
});
export type ErrorDocument = z.infer<typeof ErrorDocument>;

const STATUS: Readonly<Record<RequestErrorCode, 400 | 403 | 404 | 409 | 503>> = {
  WorkflowNotFound: 404,
  RunNotFound: 404,
  ApprovalNotFound: 404,
  ArtifactNotFound: 404,
  RunExists: 409,
  RunNotRedrivable: 409,
  RunNotRepairable: 409,
  RunNotStoppable: 409,
  ApprovalDecided: 409,
  ApprovalClosed: 409,
  DataFolderInUse: 409,
  ApproverNotAllowed: 403,
  InputInvalid: 400,
  ReasonRequired: 400,
  EvidenceStale: 409,
  EditNotAllowed: 400,
  SignInRequired: 403,
  DelegationNotAllowed: 403,
  NameInvalid: 400,
  DataFolderNewer: 503,
  DataFolderUnusable: 503,
  PortInUse: 503,
  RuntimeUnreachable: 503,
};

export function statusOf(code: RequestErrorCode): 400 | 403 | 404 | 409 | 503 {
  return STATUS[code];
}

export function errorDocument(error: unknown): ErrorDocument {
  if (error instanceof RequestError) {
    return { code: error.code, message: error.message, hint: error.hint ?? null };
  }
  return { code: "Internal", message: error instanceof Error ? error.message : String(error) };
}

/** The error that the other side threw. */
export function errorFrom(document: ErrorDocument): Error {
  if (document.code in STATUS) {
    return new RequestError(
      document.code as RequestErrorCode,
      document.message,
      document.hint ?? undefined,
    );
  }
  return new Error(document.message);
}

/** Any JSON value; a body is JSON already when this looks at it. */
export const JsonValue = z.custom<Json>((value) => value !== undefined);
