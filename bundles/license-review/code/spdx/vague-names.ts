/** Names that stand for several licences. They are clear only where the policy judges all alike. */
import { type Expression, licence } from "./expression.ts";
import { nameKey } from "./licence-names.ts";

const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  bsd: ["BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause"],
  "berkeley software distribution": ["BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause"],
  apache: ["Apache-1.0", "Apache-1.1", "Apache-2.0"],
  "apache software": ["Apache-1.0", "Apache-1.1", "Apache-2.0"],
  "mit x11": ["MIT", "X11"],
  "x11 mit": ["MIT", "X11"],
  gpl: ["GPL-1.0-or-later", "GPL-2.0-or-later", "GPL-3.0-or-later"],
  "gnu gpl": ["GPL-1.0-or-later", "GPL-2.0-or-later", "GPL-3.0-or-later"],
  "gnu general public": ["GPL-1.0-or-later", "GPL-2.0-or-later", "GPL-3.0-or-later"],
  lgpl: ["LGPL-2.0-or-later", "LGPL-2.1-or-later", "LGPL-3.0-or-later"],
  "gnu lgpl": ["LGPL-2.0-or-later", "LGPL-2.1-or-later", "LGPL-3.0-or-later"],
  "gnu lesser general public": ["LGPL-2.1-or-later", "LGPL-3.0-or-later"],
  agpl: ["AGPL-1.0-or-later", "AGPL-3.0-or-later"],
  "gnu agpl": ["AGPL-1.0-or-later", "AGPL-3.0-or-later"],
  mpl: ["MPL-1.0", "MPL-1.1", "MPL-2.0"],
  "mozilla public": ["MPL-1.0", "MPL-1.1", "MPL-2.0"],
  epl: ["EPL-1.0", "EPL-2.0"],
  cddl: ["CDDL-1.0", "CDDL-1.1"],
  artistic: ["Artistic-1.0", "Artistic-2.0"],
  "cc by": ["CC-BY-1.0", "CC-BY-2.0", "CC-BY-2.5", "CC-BY-3.0", "CC-BY-4.0"],
  "cc by sa": ["CC-BY-SA-1.0", "CC-BY-SA-2.0", "CC-BY-SA-2.5", "CC-BY-SA-3.0", "CC-BY-SA-4.0"],
  python: ["PSF-2.0", "Python-2.0"],
  psf: ["PSF-2.0", "Python-2.0"],
};

export function readVagueName(text: string): Expression | undefined {
  const readings = FAMILIES[nameKey(text)];
  if (!readings) return undefined;
  return {
    is: "ambiguous",
    text,
    why: `may mean ${readings.join(", ")}`,
    readings: readings.map((id) => licence(id)),
  };
}
