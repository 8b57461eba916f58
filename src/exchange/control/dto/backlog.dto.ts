import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { LANES, type Lane } from '../../../vocabulary/codes.js';
import { INBOX_MODES, type InboxMode } from '../inbox-mode.js';

/** What waits in one lane. */
export class LaneBacklogDto {
  @ApiProperty({ enum: LANES })
  lane!: Lane;

  @ApiProperty({ description: 'Messages that wait, counted up to 10,000; given-back ones count.' })
  waiting!: number;

  @ApiProperty({ description: 'Bytes of JSON text of those counted, without given-back ones.' })
  bytes!: number;

  @ApiProperty({ description: 'Whether it was counted no further.' })
  atLeast!: boolean;

  @ApiPropertyOptional({ description: 'Since when the oldest of those counted waits, in milliseconds.' })
  oldestWaitingMs?: number;
}

/** What waits in one stream that the inbox reads. */
export class SubscriptionBacklogDto {
  @ApiProperty()
  subscriptionId!: string;

  @ApiProperty({ description: 'Messages not read yet, before any filter, counted up to 10,000.' })
  waiting!: number;

  @ApiProperty()
  bytes!: number;

  @ApiProperty()
  atLeast!: boolean;

  @ApiPropertyOptional()
  oldestWaitingMs?: number;
}

/** What waits for a receiver, and what is in its hands. */
export class BacklogDto {
  @ApiProperty({ enum: INBOX_MODES })
  mode!: InboxMode;

  @ApiProperty({ type: [LaneBacklogDto], description: 'Most urgent first.' })
  lanes!: LaneBacklogDto[];

  @ApiProperty({ type: [SubscriptionBacklogDto] })
  subscriptions!: SubscriptionBacklogDto[];

  @ApiProperty({ description: 'Messages in consumers’ hands.' })
  leased!: number;

  @ApiProperty()
  leases!: number;

  @ApiProperty({ description: 'Ordering keys that wait for an earlier message of theirs, or for its moment.' })
  heldKeys!: number;

  @ApiProperty({ description: 'Messages passed over because of the inbox’s limits, ever.' })
  dropped!: number;

  @ApiPropertyOptional({ description: 'Age of the oldest message that is not settled, in milliseconds by the database’s clock.' })
  oldestUnackedMs?: number;
}
