import { Injectable } from '@nestjs/common';
import { Adaptations } from '../../exchange/adaptation/adaptations.js';
import { PayloadDecoder } from '../../exchange/adaptation/payload-decoder.js';
import type { StreamRow } from '../../exchange/log/stream-reader.js';
import { DomainError } from '../../problems/domain-error.js';
import type { Member } from './member.js';

/** How the values of a stream reach the host. */
export type ValueWay = Pick<Member, 'connectionId' | 'encoded'>;

/** Brings values into the form in which the host would get them as a subscriber: by the plan of the connection, then decoded. */
@Injectable()
export class ValueAdaptation {
  constructor(
    private readonly adaptations: Adaptations,
    private readonly decoder: PayloadDecoder,
  ) {}

  /** The rows as the host gets them; one that cannot be adapted has no payload. Gives the same array when there is nothing to do. */
  async forHost({ connectionId, encoded }: ValueWay, host: string, rows: readonly StreamRow[]): Promise<readonly StreamRow[]> {
    if (connectionId === undefined || rows.length === 0) return rows;
    const adaptable = rows.map((row) => ({ ...row, connectionId, planVersion: null }));
    const untouched = adaptable.every((row) => this.adaptations.isUntouched(row));
    if (untouched && encoded === undefined) return rows;
    const received: StreamRow[] = [];
    for (const row of adaptable) {
      const adaptation = untouched ? 'unchanged' : await this.adaptations.adapt(row, host);
      const payload = adaptation === 'unchanged' ? row.payload : 'adapted' in adaptation ? adaptation.adapted.payload : null;
      received.push({ ...row, payload: encoded === undefined || payload === null ? payload : this.decoded(encoded, payload) });
    }
    return received;
  }

  private decoded({ form, schema }: NonNullable<Member['encoded']>, text: string): string | null {
    try {
      return JSON.stringify(this.decoder.decode(form, schema, { text, value: JSON.parse(text) as unknown }));
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }
}
