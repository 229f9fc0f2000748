-- What each owner has, for quotas. The database itself keeps it right, in the transaction of each image.
CREATE TABLE usage (
    owner  TEXT   NOT NULL PRIMARY KEY,
    images BIGINT NOT NULL,
    bytes  BIGINT NOT NULL
);
INSERT INTO usage SELECT owner, count(*), sum(bytes) FROM images GROUP BY owner;

CREATE TRIGGER image_used AFTER INSERT ON images BEGIN
    INSERT INTO usage (owner, images, bytes) VALUES (NEW.owner, 1, NEW.bytes)
    ON CONFLICT (owner) DO UPDATE
    SET images = usage.images + 1, bytes = usage.bytes + excluded.bytes;
END;

CREATE TRIGGER image_freed AFTER DELETE ON images BEGIN
    UPDATE usage SET images = images - 1, bytes = bytes - OLD.bytes WHERE owner = OLD.owner;
END;

-- How far a running job is: nothing before it takes a noticeable time.
ALTER TABLE jobs ADD COLUMN step TEXT;
