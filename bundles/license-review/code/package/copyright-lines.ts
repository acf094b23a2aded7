import { isCopyrightLine } from "../text/words.ts";
import { isLicenceFile, type PackageFile } from "./fetch-package.ts";

/** Who holds the copyright, as the package's licence files say it: at most three lines of 160 characters. */
export function copyrightLines(files: readonly PackageFile[]): string[] {
  const lines = files
    .filter((file) => isLicenceFile(file.path))
    .flatMap((file) => file.text.split(/\r\n?|\n/))
    .map((line) => line.replace(/^[\s*#/>-]+/, "").trim())
    // Templates inside the licences have no year: "Copyright (c) <year> <holder>".
    .filter(
      (line) =>
        isCopyrightLine(line) && /\d{4}|\(c\)|©/i.test(line) && !/[<[{](?:year|yyyy)/i.test(line),
    );
  return [...new Set(lines)].slice(0, 3).map((line) => line.slice(0, 160));
}
