import { ApiProperty } from '@nestjs/swagger';
import type { InboxObserver } from '../inbox-observers.js';

/** Someone else who may look at an inbox. */
export class InboxObserverDto {
  @ApiProperty({ enum: ['organization', 'twin'] })
  kind!: 'organization' | 'twin';

  @ApiProperty()
  id!: string;

  @ApiProperty({ format: 'date-time' })
  grantedAt!: string;
}

/** Everybody else who may look at an inbox. */
export class InboxObserversDto {
  @ApiProperty({ type: [InboxObserverDto] })
  items!: InboxObserverDto[];
}

/** Observers on the wire. */
export function toInboxObserversDto(observers: readonly InboxObserver[]): InboxObserversDto {
  return { items: observers.map(({ kind, id, grantedAt }) => ({ kind, id, grantedAt: grantedAt.toISOString() })) };
}
