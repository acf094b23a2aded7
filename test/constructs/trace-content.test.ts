import { App, Stack } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { platformProps } from "../../lib/constructs/environment/platform-props.ts";
import { Environment } from "../../lib/manifest/environment/environment.ts";
import { synthesizePlatform } from "./synthesize.ts";

/** Descriptions of the functions that are told to write content into traces. */
function told(traceContent: boolean): string[] {
  const found = synthesizePlatform({ traceContent }).findResources("AWS::Lambda::Function");
  return Object.values(found).flatMap(({ Properties }) =>
    Properties.Environment?.Variables?.ESPALIER_TRACE_CONTENT === "true"
      ? [String(Properties.Description)]
      : [],
  );
}

describe("content in traces", () => {
  it("is for the function that writes them, where an environment asks for it", () => {
    expect(told(true)).toEqual([expect.stringContaining("snapshot of each that has ended")]);
    expect(told(false)).toEqual([]);
  });

  it("is asked for in the file of an environment, and in nothing else", () => {
    const propsOf = (written: object) =>
      platformProps("prod", Environment.parse(written), new Stack(new App(), "S"));
    expect(propsOf({ traces: { content: true } }).traceContent).toBe(true);
    expect(propsOf({}).traceContent).toBeUndefined();
  });
});
