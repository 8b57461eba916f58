import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsString, Matches, Max, MaxLength, Min, ValidateIf, ValidateNested } from 'class-validator';
import { IsInstant, IsLine, IsUriId, Optional } from '../../registry/dto/field-rules.js';
import { PastFilterDto } from '../dead-letter/dead-letter.dto.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import { REPLAY_SOURCES, type ReplayJob, type ReplaySource, type ReplayState } from './replay-job.js';

/** What of the log is read. */
export class ReplaySourceDto {
  @ApiPropertyOptional({
    description: 'An inbox, by its twin, which the caller acts for; default the receiver’s own.',
    example: FIRE_TWIN_ID,
  })
  @Optional()
  @IsUriId()
  inbox?: string;

  @ApiPropertyOptional({ description: 'Of a stream: whose feature it is.' })
  @ValidateIf((source: ReplaySourceDto) => source.twin !== undefined || source.feature !== undefined)
  @IsUriId()
  twin?: string;

  @ApiPropertyOptional({ description: 'Of a stream: the name of the data feature.' })
  @ValidateIf((source: ReplaySourceDto) => source.twin !== undefined || source.feature !== undefined)
  @IsLine(512)
  feature?: string;
}

/** A replay to start. */
export class StartReplayDto {
  @ApiPropertyOptional({ example: 'replay-of-today', description: 'Names the replay, so that asking again finds it; absent: minted.' })
  @Optional()
  @Matches(/^[A-Za-z0-9._-]{1,100}$/, { message: 'must be 1 to 100 letters, digits and . _ -' })
  id?: string;

  @ApiProperty({ example: FIRE_TWIN_ID, description: 'Into whose inbox it is delivered; the caller acts for it.' })
  @IsUriId()
  receiver!: string;

  @ApiPropertyOptional({ type: ReplaySourceDto })
  @Optional()
  @ValidateNested()
  @Type(() => ReplaySourceDto)
  source?: ReplaySourceDto;

  @ApiPropertyOptional({ format: 'date-time', description: 'Accepted at this moment or after it.' })
  @Optional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'Accepted before this moment; nothing newer than the start of the replay is ever meant.',
  })
  @Optional()
  @IsInstant()
  to?: string;

  @ApiPropertyOptional({ description: 'Behind this place of the inbox: the id of an event of its stream, or the `next` of a page.' })
  @Optional()
  @IsString()
  @MaxLength(20_000)
  after?: string;

  @ApiPropertyOptional({ description: 'Up to this place of the inbox.' })
  @Optional()
  @IsString()
  @MaxLength(20_000)
  upTo?: string;

  @ApiPropertyOptional({ type: PastFilterDto, description: 'Absent: all.' })
  @Optional()
  @ValidateNested()
  @Type(() => PastFilterDto)
  filter?: PastFilterDto;

  @ApiPropertyOptional({ default: false, description: 'Whether REQUESTs that awaited an answer are sent again, as new ones.' })
  @Optional()
  @IsBoolean()
  requests?: boolean;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, description: 'Deliveries per second, at most.' })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(1000)
  ratePerSecond?: number;
}

/** Whose replays. */
export class ReplayListQueryDto {
  @ApiProperty({ example: FIRE_TWIN_ID, description: 'The twin that they deliver to.' })
  @IsUriId()
  receiver!: string;
}

/** A replay and how far it is. */
export class ReplayDto {
  @ApiProperty({ example: 'replay-of-today' })
  id!: string;

  @ApiProperty({ example: FIRE_TWIN_ID })
  receiver!: string;

  @ApiProperty({ enum: REPLAY_SOURCES })
  source!: ReplaySource;

  @ApiProperty({ enum: ['RUNNING', 'DONE', 'CANCELED', 'FAILED'] })
  state!: ReplayState;

  @ApiProperty({ description: 'Messages looked at, meant or not.' })
  read!: number;

  @ApiProperty({ description: 'Messages delivered again.' })
  delivered!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description:
      'Messages left out, by why: `request`, `replayed-already`, `sender-gone`, or the problem with which they would be refused today.',
  })
  skipped!: Record<string, number>;

  @ApiProperty()
  ratePerSecond!: number;

  @ApiProperty()
  requests!: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'When it last came on, or ended.' })
  changedAt!: string;

  @ApiPropertyOptional({ description: 'Of a FAILED one: why.' })
  failure?: string;
}

/** Replays, newest first. */
export class ReplayListDto {
  @ApiProperty({ type: [ReplayDto] })
  items!: ReplayDto[];
}

/** The wire form of a replay. */
export function replayWire(job: ReplayJob): ReplayDto {
  const { id, receiver, source, state, counts, rate, terms, createdAt, changedAt, failure } = job;
  return {
    id,
    receiver,
    source,
    state,
    ...counts,
    ratePerSecond: rate,
    requests: terms.requests,
    createdAt: createdAt.toISOString(),
    changedAt: changedAt.toISOString(),
    ...(failure === null ? {} : { failure }),
  };
}
