import { describe, expect, test } from "vitest";
import { formatExpression } from "../../code/spdx/expression.ts";
import { readLicence } from "../../code/spdx/read-licence.ts";

describe("SPDX expressions", () => {
  test.each([
    ["MIT", "MIT"],
    ["mit", "MIT"],
    ["apache-2.0", "Apache-2.0"],
    ["(MIT OR Apache-2.0)", "MIT OR Apache-2.0"],
    ["MIT or apache-2.0", "MIT OR Apache-2.0"],
    ["MIT AND BSD-3-Clause OR ISC", "MIT AND BSD-3-Clause OR ISC"],
    ["MIT AND (BSD-3-Clause OR ISC)", "MIT AND (BSD-3-Clause OR ISC)"],
    ["((MIT))", "MIT"],
    ["MIT OR MIT", "MIT"],
    ["MIT\nOR\tISC", "MIT OR ISC"],
    ["Apache-2.0+", "Apache-2.0+"],
    ["GPL-2.0", "GPL-2.0-only"],
    ["GPL-2.0+", "GPL-2.0-or-later"],
    ["LGPL-2.1", "LGPL-2.1-only"],
    ["AGPL-3.0", "AGPL-3.0-only"],
    ["GPL-3.0-only+", "GPL-3.0-or-later"],
    ["GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"],
    ["GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"],
    ["GPL-2.0+ with classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"],
    ["Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"],
    ["BSD-2-Clause-FreeBSD", "BSD-2-Clause-Views"],
    ["LicenseRef-Acme-1.0", "LicenseRef-Acme-1.0"],
    ["DocumentRef-tool:LicenseRef-Acme", "DocumentRef-tool:LicenseRef-Acme"],
  ])("%s is read as %s", (text, expected) => {
    expect(formatExpression(readLicence(text))).toBe(expected);
  });
});

describe("names that people write", () => {
  test.each([
    ["Apache 2.0", "Apache-2.0"],
    ["Apache2", "Apache-2.0"],
    ["Apache License, Version 2.0", "Apache-2.0"],
    ["MIT License", "MIT"],
    ["The MIT License (MIT)", "MIT"],
    ["MIT Licence", "MIT"],
    ["New BSD", "BSD-3-Clause"],
    ["3-Clause BSD License", "BSD-3-Clause"],
    ['BSD 3-Clause "New" or "Revised" License', "BSD-3-Clause"],
    ["Simplified BSD", "BSD-2-Clause"],
    ["ISC License", "ISC"],
    ["GPLv3", "GPL-3.0-only"],
    ["GPL v2 or later", "GPL-2.0-or-later"],
    ["GNU General Public License v3 (GPLv3)", "GPL-3.0-only"],
    ["GNU Affero General Public License v3.0", "AGPL-3.0-only"],
    ["LGPLv2.1+", "LGPL-2.1-or-later"],
    ["Mozilla Public License 2.0", "MPL-2.0"],
    ["AFLv2.1", "AFL-2.1"],
    ["CC0 1.0 Universal", "CC0-1.0"],
    ["CC BY 4.0", "CC-BY-4.0"],
    ["zlib/libpng", "Zlib"],
    ["MIT or Apache 2", "MIT OR Apache-2.0"],
    ["MIT and New BSD", "MIT AND BSD-3-Clause"],
    ["UNLICENSED", "UNLICENSED"],
    ["Unlicense", "Unlicense"],
    ["http://opensource.org/licenses/MIT", "MIT"],
    ["https://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"],
    ["https://www.gnu.org/licenses/gpl-3.0.html", "GPL-3.0-only"],
    ["https://opensource.org/license/bsd-3-clause/", "BSD-3-Clause"],
    ["https://creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"],
    ["https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"],
    ["SEE LICENSE IN http://opensource.org/licenses/MIT", "MIT"],
  ])("%s is %s", (text, expected) => {
    expect(formatExpression(readLicence(text))).toBe(expected);
  });
});

describe("names with several meanings", () => {
  test.each([
    ["BSD", ["BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause"]],
    ["BSD License", ["BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause"]],
    ["Apache", ["Apache-1.0", "Apache-1.1", "Apache-2.0"]],
    ["MIT/X11", ["MIT", "X11"]],
    ["GNU GPL", ["GPL-1.0-or-later", "GPL-2.0-or-later", "GPL-3.0-or-later"]],
    ["MIT/GPL-2.0", ["MIT OR GPL-2.0-only", "MIT AND GPL-2.0-only"]],
    ["MIT, Apache-2.0", ["MIT OR Apache-2.0", "MIT AND Apache-2.0"]],
  ])("%s may mean %j", (text, readings) => {
    const read = readLicence(text);
    expect(read.is === "ambiguous" && read.readings.map(formatExpression)).toEqual(readings);
  });
});

describe("texts that name no licence stay unknown, and say why", () => {
  test.each([
    ["", "nothing is declared"],
    ["NOASSERTION", "asserts nothing"],
    ["NONE", "there is no licence"],
    ["Public Domain", "no licence everywhere"],
    ["SEE LICENSE IN LICENSE.md", "points to LICENSE.md"],
    ["https://example.com/terms", "not known to hold a licence"],
    ["not the MIT License", "resembles MIT"],
    ["MIT-like", "resembles MIT"],
    ["MIT OR", "no name or expression"],
    ["MIT?", "no name or expression"],
    ["MIT*", "no name or expression"],
    ["MIT AND Acme Terms", "no name or expression"],
    ["MIT WITH Acme-exception", "no name or expression"],
    ["[object Object]", "no name or expression"],
    ["(".repeat(5000), "no name or expression"],
    ["MIT OR ".repeat(5000), "no name or expression"],
  ])("%j: %s", (text, why) => {
    const read = readLicence(text);
    expect(read.is === "unknown" && read.why).toContain(why);
  });
});
