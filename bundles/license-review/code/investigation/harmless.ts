/** Lines beside a licence's text that change nothing about it, as words without case and punctuation. */
const HARMLESS: readonly RegExp[] = [
  /^this file is automatically added by [\w ]{1,40} do not edit$/,
  /^(?:this software|this project|\w+) is dual licensed under the [\w ]{1,60} licenses?$/,
  /^you may use this software under either of the following licenses?$/,
];

export function withoutHarmless(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => !HARMLESS.some((known) => known.test(line)));
}
