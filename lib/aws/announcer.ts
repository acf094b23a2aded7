import type { AnnounceCall } from "../runtime/approval/announce.ts";
import type { lazyLambda } from "./lazy-lambda.ts";

/**
 * Has people told by the function of approvals, without waiting for it: Lambda tries twice more what
 * fails, and the sweep finds what is lost all the same.
 */
export function functionAnnouncer(
  functionArn: string,
  client: ReturnType<typeof lazyLambda>,
): (approval: string) => Promise<void> {
  return async (approval) => {
    const [sender, { lambda }] = await Promise.all([client(), import("./lambda-calls.ts")]);
    const call: AnnounceCall = { operation: "announce", approval };
    await sender.send(
      new lambda.invoke({
        FunctionName: functionArn,
        InvocationType: "Event",
        Payload: Buffer.from(JSON.stringify(call)),
      }),
    );
  };
}
