import type { OrganizationId } from '../../kernel/ids.js';

/** A JSON Schema that other schemas refer to. Immutable: under its `$id`, for one owner, it is this document or none. */
export interface SharedSchema {
  /** Absolute URI without fragment, by which it is referred to. */
  readonly id: string;
  /** Undefined: public, published by the operator or built in. */
  readonly owner?: OrganizationId;
  readonly title?: string;
  readonly dialect: '2020-12' | 'draft-07';
  readonly schema: unknown;
  /** Length of the document as JSON text, in bytes. */
  readonly bytes: number;
  /** Absolute URIs, without fragment, of other schemas that it refers to. */
  readonly refersTo: readonly string[];
  /** Undefined for one that is built in. */
  readonly createdAt?: Date;
  /** Of its content; only where the document is read too, and undefined for one that is built in. */
  readonly fingerprint?: Buffer;
}

/** A registered shared schema with this very content: one that was deleted and registered anew with another is not the same. */
export interface SharedSchemaKey {
  /** Undefined: public. */
  readonly owner?: OrganizationId;
  readonly id: string;
  readonly fingerprint: Buffer;
}

/** What may be stored. */
export interface SharedSchemaDraft extends Pick<SharedSchema, 'id' | 'title' | 'dialect' | 'bytes' | 'refersTo'> {
  /** JSON text as it was read. */
  readonly document: string;
  readonly fingerprint: Buffer;
}
