-- Whether a picture was ever looked at: a bulk upload leaves that for later.
ALTER TABLE images ADD COLUMN seen BIGINT NOT NULL DEFAULT 0;
UPDATE images SET seen = 1 WHERE fingerprint IS NOT NULL;
CREATE INDEX images_unseen ON images (owner, id) WHERE seen = 0;

-- Files of this machine that were found kept, so that a run with nothing to do reads none of them again. `place` stands for
-- the path, its directory first; `stamp` for what the file system said of the file (device, inode, length, times) when it was
-- read; `stores` for the stores there were. Hashes, because the paths are nobody's business and there may be millions.
CREATE TABLE files (
    place  BLOB NOT NULL PRIMARY KEY,
    stamp  BLOB NOT NULL,
    stores BLOB NOT NULL,
    image  TEXT NOT NULL REFERENCES images (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX files_by_image ON files (image);
