// Builds the page into the folder that is named, for the API at RECOLLECT_GRAPHQL.
import { copyFile } from "node:fs/promises";
import { build } from "esbuild";

const folder = process.argv[2] ?? "dist";
const api = process.env.RECOLLECT_GRAPHQL ?? "http://127.0.0.1:8000/graphql";

await build({
  entryPoints: ["src/main.tsx"],
  bundle: true,
  minify: true,
  format: "esm",
  jsx: "automatic",
  define: { API: JSON.stringify(api), "process.env.NODE_ENV": '"production"' },
  outfile: `${folder}/main.js`,
});
await copyFile("index.html", `${folder}/index.html`);
