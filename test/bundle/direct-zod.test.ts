import { describe, expect, it } from "vitest";
import { withDirectZod } from "../../lib/bundle/direct-zod.ts";

describe("a handler's import of zod", () => {
  it.each([
    ['import { z } from "espalier";', 'import * as z from "espalier:zod";'],
    [
      'import { artifact, step, z } from "espalier";',
      'import { artifact, step,   } from "espalier"; import * as z from "espalier:zod";',
    ],
    [
      'import { z, step, type Json } from "espalier";',
      'import {    step, type Json } from "espalier"; import * as z from "espalier:zod";',
    ],
    [
      "import { step, z as zod } from 'espalier'\nrun();",
      "import { step,          } from 'espalier'; import * as zod from 'espalier:zod';\nrun();",
    ],
    ['import { z } from "zod";', 'import * as z from "zod";'],
    ['import z from "zod";', 'import * as z from "zod";'],
    ['import { default as z } from "zod";', 'import * as z from "zod";'],
    [
      'import { type ZodType, z } from "zod";',
      'import { type ZodType,   } from "zod"; import * as z from "zod";',
    ],
    [
      '#!/usr/bin/env node\n// A step\n/* of { z } from "zod" */\nimport { a } from "./a.ts";\nimport data from "./b.json" with { type: "json" };\nimport { z } from "zod";',
      '#!/usr/bin/env node\n// A step\n/* of { z } from "zod" */\nimport { a } from "./a.ts";\nimport data from "./b.json" with { type: "json" };\nimport * as z from "zod";',
    ],
  ])("%j becomes %j", (text, expected) => {
    expect(withDirectZod(text)).toBe(expected);
  });

  it.each([
    'import { step } from "espalier";',
    'import * as z from "zod";',
    'import type { z } from "espalier";',
    'import { type z, step } from "espalier";',
    'import { z } from "zod/mini";',
    'import { z } from "./zod.ts";',
    'import { object } from "zod";',
    'import { toString as z } from "zod";',
    'import { type default as z } from "zod";',
    'import { fizz, default as espalier } from "espalier";',
    'import zod, { z } from "zod";',
    'import { z /* from "zod" */ } from "espalier";',
    'const text = `\nimport { z } from "espalier";\n`;',
    '// import { z } from "zod";',
    'import("x");\nimport { z } from "zod";',
    "#!/usr/bin/env node",
    "",
  ])("%j stays as it is", (text) => {
    expect(withDirectZod(text)).toBe(text);
  });

  it("keeps every line where it was", () => {
    const text = 'import {\n  step,\n  z,\n} from "espalier";\nexport default step({});\n';
    expect(withDirectZod(text)).toBe(
      'import {\n  step,\n    \n} from "espalier"; import * as z from "espalier:zod";\nexport default step({});\n',
    );
  });
});
