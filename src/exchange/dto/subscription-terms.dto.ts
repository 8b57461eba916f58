import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, IsNumber, IsObject, IsPositive, IsString, Max, MaxLength, Min, ValidateNested } from 'class-validator';
import { DomainError } from '../../problems/domain-error.js';
import { FreeJson, Optional } from '../../registry/dto/field-rules.js';
import { LANES, type Lane } from '../../vocabulary/codes.js';
import type { Subscription } from '../subscription/subscription.repository.js';
import { mergePatch } from '../../kernel/merge-patch.js';
import { parseDto } from '../../problems/dto-validation.js';
import type { SubscriptionChange, SubscriptionWish } from '../subscription/subscription.service.js';
import { BACKLOG_LOOK } from '../subscription/terms/backlog.js';
import { checkFilter } from '../subscription/terms/filter-rules.js';
import { isPointer } from '../subscription/terms/json-pointer.js';
import { DEFAULT_BEHIND_THRESHOLD, type SubscriptionTerms, termsOf } from '../subscription/terms/subscription-terms.js';

export const WHEN_BEHIND = ['queue', 'coalesceLatest'] as const;

const DAY_MS = 86_400_000;
const MAX_POINTER = 512;

/** How much a number must move before it is told again. */
export class DeadbandDto {
  @ApiProperty({ description: 'RFC 6901 pointer to a number in the payload; empty for the payload itself.', example: '/intensity' })
  @IsString()
  @MaxLength(MAX_POINTER)
  pointer!: string;

  @ApiPropertyOptional({ description: 'It must differ by more than this.', example: 25 })
  @Optional()
  @IsNumber()
  @IsPositive()
  absolute?: number;

  @ApiPropertyOptional({ description: 'It must differ by more than so many percent of what was told before.', example: 5 })
  @Optional()
  @IsNumber()
  @IsPositive()
  percent?: number;
}

/** About how many messages of a subscription went which way. */
export class TermsCountsDto {
  @ApiProperty({ example: 12 })
  delivered!: number;

  @ApiProperty({ example: 340, description: 'Passed over by the terms.' })
  passed!: number;

  @ApiProperty({ example: 0, description: 'Passed over because the filter failed on them.' })
  failed!: number;
}

/** What a subscriber asks of a data stream. */
export class SubscriptionTermsDto {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'Of data: a JSON Logic expression over `payload`, `header`, `observedAt` and `unit`; messages that do not fulfil it are not delivered. ' +
      'Of digitalTwin without an id: which changes (`types`, `domain`, `owner`).',
    example: { '>': [{ var: 'payload.intensity' }, 1_000] },
  })
  @Optional()
  @IsObject()
  @FreeJson()
  filter?: object;

  @ApiPropertyOptional({
    description: 'Of each ordering key at most one message in so many milliseconds: the latest, at the end of the interval.',
    minimum: 1,
    maximum: DAY_MS,
    example: 1_000,
  })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(DAY_MS)
  minIntervalMs?: number;

  @ApiPropertyOptional({ type: DeadbandDto })
  @Optional()
  @IsObject()
  @ValidateNested()
  @Type(() => DeadbandDto)
  deadband?: DeadbandDto;

  @ApiPropertyOptional({
    oneOf: [{ type: 'boolean' }, { type: 'object', required: ['pointer'], properties: { pointer: { type: 'string' } } }],
    description: 'Only what differs from what was told before: `true`, in the whole payload; or in what `pointer` names.',
    example: true,
  })
  @Optional()
  @FreeJson()
  onlyChanges?: unknown;

  @ApiPropertyOptional({ description: 'When it is made: whether the last value comes first, marked `lastValue`.', example: true })
  @Optional()
  @IsBoolean()
  lastValue?: boolean;

  @ApiPropertyOptional({
    enum: WHEN_BEHIND,
    default: 'queue',
    description: 'What a subscriber that falls behind gets: everything, later; or only the latest message of each ordering key.',
  })
  @Optional()
  @IsIn(WHEN_BEHIND)
  whenBehind?: (typeof WHEN_BEHIND)[number];

  @ApiPropertyOptional({
    description: 'How many messages may wait before it counts as behind.',
    minimum: 1,
    maximum: BACKLOG_LOOK - 1,
    default: DEFAULT_BEHIND_THRESHOLD,
  })
  @Optional()
  @IsInt()
  @Min(1)
  @Max(BACKLOG_LOOK - 1)
  behindThreshold?: number;
}

/** A subscription's changeable parts, after a patch. */
class SubscriptionChangeDto extends SubscriptionTermsDto {
  @IsIn(LANES)
  lane!: Lane;

  @Optional()
  @IsInt()
  @Min(1)
  @Max(31_536_000)
  expiresInSeconds?: number;
}

/**
 * The terms of a data subscription, checked.
 * @param prefix pointer of the terms in what the caller sent
 * @throws DomainError `validation-failed`
 */
export function readDataTerms(dto: SubscriptionTermsDto, prefix: string): Pick<SubscriptionWish, 'terms' | 'lastValue'> {
  const { filter, minIntervalMs, deadband, onlyChanges, lastValue, whenBehind, behindThreshold } = dto;
  if (filter !== undefined) checkFilter(filter, `${prefix}/filter`);
  if (deadband !== undefined) checkPointer(deadband.pointer, `${prefix}/deadband/pointer`);
  if (deadband !== undefined && deadband.absolute === undefined && deadband.percent === undefined) {
    refuse(`${prefix}/deadband`, 'must have absolute, percent or both');
  }
  const terms: SubscriptionTerms = {
    ...(filter === undefined ? {} : { filter }),
    ...(minIntervalMs === undefined ? {} : { minIntervalMs }),
    ...(deadband === undefined ? {} : { deadband: { ...deadband } }),
    ...readOnlyChanges(onlyChanges, `${prefix}/onlyChanges`),
    ...(whenBehind === undefined ? {} : { whenBehind }),
    ...(behindThreshold === undefined ? {} : { behindThreshold }),
  };
  return { terms, ...(lastValue === undefined ? {} : { lastValue }) };
}

/**
 * What a JSON merge patch makes of a subscription. A filter is replaced as a whole: half of one expression and half of another make none.
 * @throws DomainError `validation-failed`
 */
export function readSubscriptionPatch(subscription: Subscription, patch: unknown): SubscriptionChange {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) refuse('', 'must be an object');
  const { filter: former, ...terms } = termsOf(subscription);
  const { filter = former, ...others } = patch as { filter?: unknown };
  const merged = mergePatch({ lane: LANES[subscription.lane] ?? 'normal', ...terms }, others) as object;
  const whole = filter === undefined || filter === null ? merged : { ...merged, filter };
  const { lane, expiresInSeconds, ...asked } = parseDto(SubscriptionChangeDto, whole);
  if (asked.lastValue !== undefined) refuse('/lastValue', 'is asked for when a subscription is made');
  const read = readDataTerms(asked, '').terms ?? {};
  const [name] = subscription.objectType === 'data' ? [] : Object.keys(read);
  if (name !== undefined) refuse(`/${name}`, 'belongs to data');
  const isEndless = (patch as Record<string, unknown>)['expiresInSeconds'] === null;
  return { lane, terms: read, ...(isEndless ? { expiresInSeconds: null } : { expiresInSeconds }) };
}

function readOnlyChanges(value: unknown, pointer: string): Pick<SubscriptionTerms, 'onlyChanges'> {
  if (value === undefined || value === false) return {};
  if (value === true) return { onlyChanges: true };
  const [[name, path] = ['', undefined], ...others] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  if (name !== 'pointer' || typeof path !== 'string' || others.length > 0) refuse(pointer, 'must be true, false or {"pointer": …}');
  checkPointer(path, `${pointer}/pointer`);
  return { onlyChanges: { pointer: path } };
}

function checkPointer(text: string, pointer: string): void {
  if (text.length > MAX_POINTER || text.includes('\0') || !isPointer(text))
    refuse(pointer, `must be an RFC 6901 pointer of at most ${MAX_POINTER} characters`);
}

function refuse(pointer: string, detail: string): never {
  throw new DomainError('validation-failed', `${pointer === '' ? 'The body' : pointer} ${detail}.`, {
    pointer,
    errors: [{ pointer, detail }],
  });
}
