import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsString, Matches, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { IsInstant, IsLine, IsUriId, Optional } from '../../registry/dto/field-rules.js';
import { ACTIONS, LANES, type Lane, MESSAGE_TYPES, type MessageType, OBJECT_TYPES } from '../../vocabulary/codes.js';
import { FIRE_TWIN_ID } from '../dto/example-ids.js';
import type { LetterFilter } from './letter-filter.js';
import { REASON_CODES } from './reason.js';

const POSITION = /^\d{1,18}$/;

/** Which messages of the past are meant. */
export class PastFilterDto {
  @ApiPropertyOptional({ example: FIRE_TWIN_ID, description: 'Who sent them.' })
  @Optional()
  @IsUriId()
  sender?: string;

  @ApiPropertyOptional({ enum: LANES })
  @Optional()
  @IsIn(LANES)
  lane?: Lane;

  @ApiPropertyOptional({ enum: MESSAGE_TYPES })
  @Optional()
  @IsIn(MESSAGE_TYPES)
  messageType?: MessageType;

  @ApiPropertyOptional({ enum: ACTIONS })
  @Optional()
  @IsIn(ACTIONS)
  action?: string;

  @ApiPropertyOptional({ enum: OBJECT_TYPES })
  @Optional()
  @IsIn(OBJECT_TYPES)
  objectType?: string;

  @ApiPropertyOptional({ description: 'Name of the feature, or id of the thing.' })
  @Optional()
  @IsLine(512)
  objectId?: string;
}

/** Which dead letters are meant. */
export class LetterFilterDto extends PastFilterDto {
  @ApiPropertyOptional({ enum: REASON_CODES })
  @Optional()
  @IsIn(REASON_CODES)
  reason?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'That died at this moment or after it.' })
  @Optional()
  @IsInstant()
  from?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'That died before this moment.' })
  @Optional()
  @IsInstant()
  to?: string;
}

/** The same with ids, in a body. */
export class LetterSelectionDto extends LetterFilterDto {
  @ApiPropertyOptional({
    type: [String],
    maxItems: 1000,
    description: 'Ids of dead letters; absent: all that the other members mean.',
    example: [],
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(1000)
  @IsString({ each: true })
  @Matches(POSITION, { each: true, message: 'must be ids of dead letters' })
  ids?: string[];
}

/** Which page of dead letters. */
export class LetterQueryDto extends LetterFilterDto {
  @ApiPropertyOptional({ description: 'One dead letter, with the history of its deliveries.' })
  @Optional()
  @Matches(POSITION, { message: 'must be the id of a dead letter' })
  id?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50 })
  @Optional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before.' })
  @Optional()
  @IsString()
  @MaxLength(2048)
  cursor?: string;
}

/** Which dead letters are delivered again, and how. */
export class ReplayLettersDto {
  @ApiPropertyOptional({ example: 'letters-of-today', description: 'Names the replay, so that asking again finds it; absent: minted.' })
  @Optional()
  @Matches(/^[A-Za-z0-9._-]{1,100}$/, { message: 'must be 1 to 100 letters, digits and . _ -' })
  id?: string;

  @ApiPropertyOptional({ type: LetterSelectionDto, description: 'Absent: all.' })
  @Optional()
  @ValidateNested()
  @Type(() => LetterSelectionDto)
  filter?: LetterSelectionDto;

  @ApiPropertyOptional({ default: false, description: 'Whether REQUESTs that were answered PEER_UNREACHABLE are sent again, as new ones.' })
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

/** How many were discarded. */
export class DiscardedDto {
  @ApiProperty({ example: 0 })
  discarded!: number;
}

/** The filter that a DTO describes. */
export function letterFilterOf(dto: LetterSelectionDto | LetterQueryDto | PastFilterDto | undefined): LetterFilter {
  const { sender, lane, messageType, action, objectType, objectId } = dto ?? {};
  const { reason, from, to } = dto instanceof LetterFilterDto ? dto : {};
  const ids = dto instanceof LetterSelectionDto ? dto.ids : dto instanceof LetterQueryDto && dto.id !== undefined ? [dto.id] : undefined;
  const given = { sender, lane, messageType, action, objectType, objectId, reason, ids, from: dateOf(from), to: dateOf(to) };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
