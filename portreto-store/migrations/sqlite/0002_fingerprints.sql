-- What is known of a picture beside its bytes: placeholders and what tells others like it, and what its Exif says, each the
-- JSON of its record. None for an image that was catalogued before, or that cannot be decoded.
ALTER TABLE images ADD COLUMN fingerprint TEXT;
ALTER TABLE images ADD COLUMN metadata TEXT;

-- The perceptual hash once more, so that all of them can be read without the rest.
ALTER TABLE images ADD COLUMN perceptual TEXT;
