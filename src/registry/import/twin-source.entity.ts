import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/** The document that a twin was imported from; written by literal SQL (twin-source.queries.ts). */
@Entity('twin_source', { comment: 'the document that a twin was last imported from, as it came' })
@Check('twin_source_format_known', `format IN ('td', 'dtdl', 'ngsi-ld', 'ngsi-ld-registration', 'aas')`)
export class TwinSourceEntity {
  @PrimaryColumn('text', { name: 'twin_id', collation: 'C', primaryKeyConstraintName: 'twin_source_pkey' })
  twinId!: string;

  /** Of the twin that the import made or left as it was. */
  @Column('integer')
  incarnation!: number;

  @Column('integer', { comment: 'of the twin when it was imported: a later one was edited since' })
  version!: number;

  @Column('text')
  format!: string;

  @Column('text', { name: 'media_type' })
  mediaType!: string;

  @Column('text')
  document!: string;

  @Column('bytea', { comment: 'SHA-256 of the document' })
  digest!: Buffer;

  @Column('timestamptz', { name: 'imported_at' })
  importedAt!: Date;
}
