/** Keeps the document. Rides twin_source_pkey; the twin's row is locked by the caller. A repetition leaves the row alone. */
export const PUT_SOURCE = `
  INSERT INTO twin_source AS s (twin_id, incarnation, version, format, media_type, document, digest, imported_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, now())
  ON CONFLICT ON CONSTRAINT twin_source_pkey DO UPDATE
    SET incarnation = excluded.incarnation, version = excluded.version, format = excluded.format, media_type = excluded.media_type,
        document = excluded.document, digest = excluded.digest, imported_at = excluded.imported_at
    WHERE (s.incarnation, s.version, s.format, s.media_type, s.digest)
          IS DISTINCT FROM (excluded.incarnation, excluded.version, excluded.format, excluded.media_type, excluded.digest)`;

/** The document of this incarnation of a twin. Rides twin_source_pkey. */
export const FIND_SOURCE = `
  SELECT format, media_type AS "mediaType", document, digest, version, imported_at AS "importedAt"
  FROM twin_source WHERE twin_id = $1 AND incarnation = $2`;

/** Forgets the document of a twin that is deregistered. Rides twin_source_pkey. */
export const DELETE_SOURCE = 'DELETE FROM twin_source WHERE twin_id = $1';
