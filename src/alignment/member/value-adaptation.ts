import { Injectable } from '@nestjs/common';
import { Adaptations } from '../../exchange/adaptation/adaptations.js';
import { PayloadDecoder } from '../../exchange/adaptation/payload-decoder.js';
import { TypingSchemas } from '../../exchange/adaptation/typing-schemas.js';
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
    private readonly typings: TypingSchemas,
  ) {}

  /** The rows as the host gets them; one that cannot be adapted has no payload. At once the same array when there is nothing to do. */
  forHost(
    { connectionId, encoded }: ValueWay,
    host: string,
    rows: readonly StreamRow[],
  ): Promise<readonly StreamRow[]> | readonly StreamRow[] {
    if (connectionId === undefined || rows.length === 0) return rows;
    if (encoded === undefined && this.isUntouched(connectionId, rows)) return rows;
    return this.adapted({ connectionId, encoded }, host, rows);
  }

  private async adapted(
    { connectionId, encoded }: ValueWay & { readonly connectionId: string },
    host: string,
    rows: readonly StreamRow[],
  ): Promise<readonly StreamRow[]> {
    const received: StreamRow[] = [];
    const spoken = encoded && { ...encoded, schema: await this.typings.of(encoded.by, encoded.schema) };
    for (const row of rows) {
      const adaptation = await this.adaptations.adapt({ ...row, connectionId, planVersion: null }, host);
      const payload = adaptation === 'unchanged' ? row.payload : 'adapted' in adaptation ? adaptation.adapted.payload : null;
      received.push({ ...row, payload: spoken === undefined || payload === null ? payload : this.decoded(spoken, payload) });
    }
    return received;
  }

  /** Asked of every value, so with one object for all of them. */
  private isUntouched(connectionId: string, rows: readonly StreamRow[]): boolean {
    const asked = { connectionId, planVersion: null, acceptedAt: new Date(0), envelope: '', payload: null };
    return rows.every(({ acceptedAt }) => {
      asked.acceptedAt = acceptedAt;
      return this.adaptations.isUntouched(asked);
    });
  }

  private decoded({ form, schema }: Pick<NonNullable<Member['encoded']>, 'form' | 'schema'>, text: string): string | null {
    try {
      return JSON.stringify(this.decoder.decode(form, schema, { text, value: JSON.parse(text) as unknown }));
    } catch (error) {
      if (error instanceof DomainError) return null;
      throw error;
    }
  }
}
