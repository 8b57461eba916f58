/** Kinds of documents that can be imported. */
export const IMPORT_FORMATS = ['td', 'dtdl', 'ngsi-ld', 'ngsi-ld-registration', 'aas'] as const;
export type ImportFormat = (typeof IMPORT_FORMATS)[number];

/** The most documents that one request imports. */
export const MAX_DOCUMENTS = 1_000;
/** The largest document, in bytes of UTF-8. */
export const MAX_DOCUMENT_BYTES = 1_048_576;
/** The most features that one document makes; what comes after them is listed as unmapped. */
export const MAX_IMPORTED_FEATURES = 200;
/** The most unmapped places that an answer lists; the rest is counted. */
export const MAX_LISTED = 500;
