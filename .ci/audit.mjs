// Known vulnerabilities of what is installed in production: exit code 1 if there are any. A registry
// that cannot tell is no finding, and said in one line.
import { spawnSync } from "node:child_process";

const { stdout } = spawnSync("npm", ["audit", "--omit=dev", "--json"], { encoding: "utf8" });
const answer = parse(stdout ?? "");
const found = answer.metadata?.vulnerabilities;
if (found === undefined) {
  const why = String(answer.message ?? answer.error?.summary ?? "no answer").split("\n")[0];
  console.log(`audit: the registry cannot tell (${why})`);
} else if (found.total === 0) {
  console.log("audit: no known vulnerability in production dependencies");
} else {
  console.log(`audit: ${found.total} known vulnerabilities in production dependencies`);
  for (const [name, { severity, range }] of Object.entries(answer.vulnerabilities)) {
    console.log(`  ${severity}  ${name} ${range}`);
  }
  process.exitCode = 1;
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
