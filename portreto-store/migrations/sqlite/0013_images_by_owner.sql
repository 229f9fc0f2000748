-- A page of one owner's images, whatever others have.
CREATE INDEX images_by_owner ON images (owner, id);
