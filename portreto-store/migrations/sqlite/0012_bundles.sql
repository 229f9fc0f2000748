-- Images whose records are in one object in the stores, by its digest; null for a record of its own.
ALTER TABLE images ADD COLUMN bundle TEXT;
CREATE INDEX images_by_bundle ON images (bundle) WHERE bundle IS NOT NULL;

-- Bundles with records of images that were deleted: repair takes them apart.
CREATE TABLE broken_bundles (digest TEXT PRIMARY KEY) STRICT;
