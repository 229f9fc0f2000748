-- How large the catalog's rows and their index entries are: 200,000 images as phones make them, two variants, two jobs, a label and an event each.
--
--   createdb rows; cat portreto-store/migrations/postgres/*.sql benches/ten_billion/rows.sql | psql -q rows
--
-- Prints bytes a row of each table, and of its indexes. Names, labels and transforms are of usual length; owners are UUIDs; 20 images share a
-- bundle.

\set n 200000
ALTER TABLE images DISABLE TRIGGER image_used;

INSERT INTO images (id, reversed, owner, digest, name, media_type, width, height, bytes, created, revision, fingerprint, metadata,
                    perceptual, seen, bundle)
SELECT id, reverse(replace(id, '-', '')), '0199a3c4-7d2e-7b1a-9c55-' || lpad(to_hex(n % 5000), 12, '0'),
       encode(sha256(n::text::bytea), 'hex'), 'IMG_' || lpad(n::text, 8, '0') || '.JPG', 'image/jpeg', 4032, 3024, 4000000 + n,
       1760000000000000 + n, 1,
       '{"thumbhash":"1QcSHQRnh493V4dIh4eXh1h4kJUI","blurhash":"LEHV6nWB2yk8pyo0adR*.7kCMdnj","color":"7a6b5c","perceptual":"'
           || substr(md5(n::text), 1, 16) || '"}',
       '{"taken":"2026-05-06T07:08:09.25+02:00","make":"Apple","model":"iPhone 15 Pro","lens":"iPhone 15 Pro back triple camera 6.765mm '
           || 'f/1.78","iso":80,"exposure_seconds":0.0009765625,"f_number":1.78,"focal_length_mm":6.765,"focal_length_35mm":24,'
           || '"orientation":6,"location":{"latitude":48.137154,"longitude":11.576124,"altitude":519.2}}',
       substr(md5(n::text), 1, 16), 1, encode(sha256(('b' || n / 20)::bytea), 'hex')
FROM (SELECT n, substr(h, 1, 8) || '-' || substr(h, 9, 4) || '-7' || substr(m, 1, 3) || '-8' || substr(m, 4, 3) || '-'
          || substr(m, 7, 12) AS id
      FROM (SELECT n, lpad(to_hex(n * 1000), 12, '0') AS h, md5(n::text) AS m FROM generate_series(1, :n) AS n) AS parts) AS ids;

INSERT INTO variants
SELECT encode(sha256(n::text::bytea), 'hex'), transform, 1, encode(sha256((n || transform)::bytea), 'hex'), 'image/webp', 320, 240, 20000
FROM generate_series(1, :n) AS n, (VALUES ('resize:320x320:inside,webp'), ('resize:1600x1600:inside,webp')) AS of (transform);

INSERT INTO jobs
SELECT gen_random_uuid()::text, original, transform, 1, '0199a3c4-7d2e-7b1a-9c55-000000000001', 'done', 0, 1760000000000000, 1, 5,
       1760000000000000, NULL, NULL, 1760000000000000, 1760000000000000, NULL
FROM variants;

INSERT INTO labels SELECT id, 'trip' FROM images;

INSERT INTO events (id, kind, subject, time, data)
SELECT gen_random_uuid()::text, 'portreto.image.uploaded', id, 1760000000000000,
       '{"id":"' || id || '","digest":"' || digest || '","name":"' || name || '","media_type":"image/jpeg","width":4032,"height":3024,'
           || '"bytes":4000000,"owner":"' || owner || '","labels":["trip"],"created":"2026-05-06T07:08:09.251234Z","fingerprint":'
           || fingerprint || ',"metadata":' || metadata || '}'
FROM images;

ANALYZE;

SELECT relname AS "table", reltuples::bigint AS rows, round((pg_relation_size(oid) / reltuples)::numeric) AS "bytes a row",
       round((pg_indexes_size(oid) / reltuples)::numeric) AS "of its indexes"
FROM pg_class WHERE relname IN ('images', 'variants', 'jobs', 'labels', 'events') ORDER BY relname;

-- What totals cost that are counted.
\timing on
SELECT count(*), (SELECT sum(bytes) FROM (SELECT DISTINCT digest, bytes FROM images) AS originals) FROM images;
SELECT count(*), (SELECT sum(bytes) FROM (SELECT DISTINCT digest, bytes FROM variants) AS blobs) FROM variants;
SELECT state, count(*) FROM jobs GROUP BY state;
