// Thumbnails by sharp: node sharp.mjs MODULES TASKS CONCURRENCY WIDTH HEIGHT SUFFIX OUT FILE…
import { createRequire } from "node:module";
import path from "node:path";

const [modules, tasks, concurrency, width, height, suffix, out, ...files] = process.argv.slice(2);
const sharp = createRequire(path.join(modules, "package.json"))("sharp");
sharp.concurrency(Number(concurrency));
sharp.cache(false);

const one = (file) => {
  const name = path.join(out, path.parse(file).name + suffix);
  let image = sharp(file).rotate().resize(Number(width), Number(height), { fit: "inside" });
  if (suffix === ".jpg") image = image.jpeg({ quality: 80 });
  if (suffix === ".webp") image = image.webp({ quality: 80 });
  return image.toFile(name).catch(() => {});
};
let next = 0;
const worker = async () => {
  while (next < files.length) await one(files[next++]);
};
await Promise.all(Array.from({ length: Number(tasks) }, worker));
