import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { Envelope } from '../../../vocabulary/envelope.js';
import type { LogRow, Position } from '../../log/log-row.js';
import type { FilterSubject } from './filter-engine.js';

/** A message of a stream, parsed. */
export type RowDocument = Omit<FilterSubject, 'unit'>;

const MAX_CHARACTERS = 32 * 1024 * 1024;

/** Messages of streams, parsed once for all the subscribers that look at them at about the same time. Not to be changed. */
@Injectable()
export class RowDocuments {
  private readonly known = new LRUCache<Position, RowDocument>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_document, _position) => this.size,
  });
  private size = 1;

  /** The message of a row; of one whose payload is elsewhere, without payload. */
  of(row: LogRow): RowDocument {
    const known = this.known.get(row.position);
    if (known !== undefined) return known;
    const { header, data } = JSON.parse(row.envelope) as Envelope;
    const { messageId, sender, timestamp, lane, orderingKey, contentType, extensions } = header;
    const document: RowDocument = {
      payload: row.payload === null ? null : (JSON.parse(row.payload) as unknown),
      header: { messageId, sender: sender.id, timestamp, lane: lane ?? 'normal', orderingKey, contentType, extensions },
      observedAt: data.observedAt ?? null,
    };
    this.size = Math.max(1, row.envelope.length + (row.payload?.length ?? 0));
    if (this.size <= MAX_CHARACTERS / 8) this.known.set(row.position, document);
    return document;
  }
}
