// Thumbnails by sharp and fastify: node sharp.mjs MODULES PORT PROCESSES PICTURES [CACHED]
// GET /FILE?w=320&h=320 renders; GET /cached gives the file CACHED from memory.
import cluster from "node:cluster";
import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

const [modules, port, processes, pictures, cached] = process.argv.slice(2);
const require = createRequire(path.join(modules, "package.json"));
const fastify = require("fastify");
const sharp = require("sharp");

if (cluster.isPrimary && Number(processes) > 1) {
  for (let n = 0; n < Number(processes); n++) cluster.fork();
} else {
  // One thread for each picture, as many pictures at a time as there are threads for them: UV_THREADPOOL_SIZE.
  sharp.concurrency(1);
  sharp.cache(false);
  const app = fastify({ logger: false });
  const bytes = cached ? fs.readFileSync(cached) : Buffer.alloc(0);
  app.get("/cached", (request, reply) => {
    reply.header("Content-Type", "image/jpeg").header("Cache-Control", "public, max-age=31536000, immutable").send(bytes);
  });
  app.get("/:file", async (request, reply) => {
    const { w, h } = request.query;
    const picture = sharp(path.join(pictures, path.basename(request.params.file)))
      .rotate()
      .resize(Number(w), Number(h), { fit: "inside" })
      .jpeg({ quality: 80 });
    reply.header("Content-Type", "image/jpeg");
    return picture.toBuffer();
  });
  await app.listen({ port: Number(port), host: "127.0.0.1" });
}
