import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import type { TwinRecord } from '../twin.js';
import type { ImportFormat } from './import-format.js';
import { FIND_SOURCE, PUT_SOURCE } from './twin-source.queries.js';

/** The document that a twin was last imported from. */
export interface TwinSource {
  readonly format: ImportFormat;
  /** Content type it came with. */
  readonly mediaType: string;
  /** The text, byte for byte as UTF-8. */
  readonly document: string;
  /** SHA-256 of it. */
  readonly digest: Buffer;
  /** Version of the twin right after the import. */
  readonly version: number;
  readonly importedAt: Date;
}

/** All persistence of imported documents. */
@Injectable()
export class TwinSourceRepository {
  constructor(private readonly database: Database) {}

  /** Keeps the document of a twin whose row is locked, in place of the one before. */
  async put(tx: Transaction, twin: TwinRecord, source: Pick<TwinSource, 'format' | 'mediaType' | 'document'>): Promise<void> {
    const digest = createHash('sha256').update(source.document).digest();
    await tx.query(PUT_SOURCE, [twin.id, twin.incarnation, twin.version, source.format, source.mediaType, source.document, digest]);
  }

  /** The document of the twin as it is registered now; undefined when this registration did not come from one. */
  async find(id: TwinId, incarnation: number): Promise<TwinSource | undefined> {
    const [row] = await this.database.query<TwinSource>(FIND_SOURCE, [id, incarnation]);
    return row;
  }
}
