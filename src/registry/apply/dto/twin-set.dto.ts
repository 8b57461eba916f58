import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform, Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsBoolean, IsIn, Matches, MaxLength } from 'class-validator';
import type { Page } from '../../../kernel/page.js';
import { problemDocument, type ProblemDocument } from '../../../problems/problem-document.js';
import { FreeJson, IsPageLimit, Optional } from '../../dto/field-rules.js';
import { TwinProfileDto } from '../../dto/twin-profile.dto.js';
import { type ApplyPlan, PLAN_ACTIONS, type PlanAction, type PlanItem } from '../apply-plan.js';
import { MAX_SET_TWINS } from '../apply.service.js';
import type { SetMember, TwinSet } from '../twin-set.repository.js';

/** The set of the OpenAPI examples. */
export const SET_EXAMPLE = {
  twins: [
    { id: 'urn:example:twin:set:pump-1', name: 'Pump 1', domain: 'water', labels: { site: 'north' } },
    { id: 'urn:example:twin:set:pump-2', name: 'Pump 2', domain: 'water', labels: { site: 'north' } },
  ],
};

/** Query parameters say true or false; anything else is refused. */
function AsBoolean(): PropertyDecorator {
  return Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value));
}

/** The profiles that a set shall consist of. */
export class TwinSetDto {
  @ApiProperty({
    type: [TwinProfileDto],
    minItems: 1,
    maxItems: MAX_SET_TWINS,
    description: 'Profiles, each with its own id.',
    example: SET_EXAMPLE.twins,
  })
  @FreeJson()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_SET_TWINS)
  twins!: unknown[];
}

/** How to apply a set. */
export class ApplyQueryDto {
  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Only tell what would be done; refused twins are part of the plan.' })
  @Optional()
  @AsBoolean()
  @IsBoolean({ message: 'must be true or false' })
  dryRun?: boolean;

  @ApiPropertyOptional({ type: Boolean, default: true, description: 'Deregister twins of the set that are not in the body.' })
  @Optional()
  @AsBoolean()
  @IsBoolean({ message: 'must be true or false' })
  prune?: boolean;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Take over twins registered by hand, or of another set of yours.' })
  @Optional()
  @AsBoolean()
  @IsBoolean({ message: 'must be true or false' })
  adopt?: boolean;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Make breaking changes of features, too.' })
  @Optional()
  @AsBoolean()
  @IsBoolean({ message: 'must be true or false' })
  force?: boolean;

  @ApiPropertyOptional({ description: 'The `plan` of a dry run: apply exactly that, or answer 409.' })
  @Optional()
  @Matches(/^[A-Za-z0-9_-]{43}$/, { message: 'must be the plan of a dry run' })
  plan?: string;
}

/** What becomes of the twins of a set that ends. */
export class DeleteSetQueryDto {
  @ApiPropertyOptional({ enum: ['keep', 'remove'], default: 'keep', description: 'remove: the twins are deregistered.', example: 'remove' })
  @Optional()
  @IsIn(['keep', 'remove'])
  twins?: 'keep' | 'remove';
}

/** A page of a list. */
export class SetPageQueryDto {
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @Type(() => Number)
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: 'The `next` of the page before.' })
  @Optional()
  @MaxLength(2048)
  cursor?: string;
}

/** One place of a profile that differs. */
export class DifferentPlaceDto {
  @ApiProperty({
    description: 'RFC 6901 pointer: into the profile as it was for `removed`, otherwise as it will be.',
    example: '/labels/site',
  })
  pointer!: string;

  @ApiProperty({ enum: ['added', 'removed', 'changed'], example: 'changed' })
  change!: 'added' | 'removed' | 'changed';
}

/** What is, or would be, done to one twin. */
export class PlanItemDto {
  @ApiPropertyOptional({ description: 'Absent when the profile held none that could be read.', example: 'urn:example:twin:set:pump-1' })
  id?: string;

  @ApiProperty({
    enum: PLAN_ACTIONS,
    description: 'nothing: it is so already. keep: it is not in the body, and prune=false.',
    example: 'create',
  })
  action!: PlanAction;

  @ApiPropertyOptional({ description: 'Where its profile is in the body.', example: '/twins/0' })
  pointer?: string;

  @ApiPropertyOptional({
    type: 'object',
    properties: { set: { type: 'string' } },
    description: 'It comes into the set: from another `set`, or, without one, registered by hand.',
  })
  adoptedFrom?: { set?: string };

  @ApiPropertyOptional({
    type: [DifferentPlaceDto],
    description: 'What differs, at most 100 places. The lease counts as a member of the profile.',
  })
  differences?: DifferentPlaceDto[];

  @ApiPropertyOptional({ description: 'How many places differ altogether.' })
  differenceCount?: number;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'The difference as RFC 7396 merge patch; left out when it is longer than 16,384 characters.',
  })
  patch?: Record<string, unknown>;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Why it is refused (RFC 9457), with pointers into the body.',
  })
  problem?: ProblemDocument;
}

/** How many twins each action concerns. */
export class PlanCountsDto implements Record<PlanAction, number> {
  @ApiProperty({ example: 2 })
  create!: number;

  @ApiProperty({ example: 0 })
  change!: number;

  @ApiProperty({ example: 0 })
  nothing!: number;

  @ApiProperty({ example: 0 })
  remove!: number;

  @ApiProperty({ example: 0 })
  keep!: number;

  @ApiProperty({ example: 0 })
  refused!: number;
}

/** What was done, or, after a dry run, would be. */
export class ApplyPlanDto {
  @ApiProperty({ example: 'pumps' })
  set!: string;

  @ApiProperty({ description: 'Digest of this plan: send it as `plan` to have exactly this applied.' })
  plan!: string;

  @ApiProperty({ description: 'False after a dry run.', example: true })
  applied!: boolean;

  @ApiProperty({ type: PlanCountsDto })
  counts!: PlanCountsDto;

  @ApiProperty({ type: [PlanItemDto], description: 'By id.' })
  items!: PlanItemDto[];
}

/** A set of twins. */
export class TwinSetViewDto {
  @ApiProperty({ example: 'pumps' })
  name!: string;

  @ApiProperty({ description: 'How many twins it has.', example: 2 })
  twins!: number;

  @ApiProperty({ description: 'Digest of the profiles and leases that were applied last.' })
  digest!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time', description: 'The last application, whether it changed anything or not.' })
  appliedAt!: string;

  @ApiProperty({ description: 'The client id that applied it.' })
  appliedBy!: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'The last application that changed anything.' })
  changedAt?: string;
}

/** A page of sets. */
export class TwinSetPageDto {
  @ApiProperty({ type: [TwinSetViewDto] })
  items!: TwinSetViewDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** A twin of a set. */
export class SetMemberDto {
  @ApiProperty({ example: 'urn:example:twin:set:pump-1' })
  id!: string;

  @ApiProperty({ example: 'Pump 1' })
  name!: string;

  @ApiProperty({ example: 1 })
  version!: number;

  @ApiProperty({ format: 'date-time', description: 'Since when it is in the set.' })
  since!: string;
}

/** A set with a page of its twins. */
export class TwinSetDetailDto extends TwinSetViewDto {
  @ApiProperty({ type: [SetMemberDto], description: 'A page of its twins, by id.' })
  members!: SetMemberDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page of twins; absent on the last.' })
  next?: string;
}

/** The wire form of a set. */
export function toTwinSetDto({ name, twins, digest, createdAt, appliedAt, appliedBy, changedAt }: TwinSet): TwinSetViewDto {
  return {
    name,
    twins,
    digest: digest ?? '',
    createdAt: createdAt.toISOString(),
    appliedAt: (appliedAt ?? createdAt).toISOString(),
    appliedBy: appliedBy ?? '',
    ...(changedAt === null ? {} : { changedAt: changedAt.toISOString() }),
  };
}

/** The wire form of a set with a page of its twins. */
export function toTwinSetDetailDto(set: TwinSet, { items, next }: Page<SetMember>): TwinSetDetailDto {
  const members = items.map(({ id, name, version, since }) => ({ id, name, version, since: since.toISOString() }));
  return { ...toTwinSetDto(set), members, ...(next === undefined ? {} : { next }) };
}

function toItemDto({ id, action, pointer, adoptedFrom, difference, refusal }: PlanItem): PlanItemDto {
  return {
    ...(id === undefined ? {} : { id }),
    action,
    ...(pointer === undefined ? {} : { pointer }),
    ...(adoptedFrom === undefined ? {} : { adoptedFrom }),
    ...(difference === undefined ? {} : { differences: [...difference.places], differenceCount: difference.count }),
    ...(difference?.patch === undefined ? {} : { patch: difference.patch }),
    ...(refusal === undefined ? {} : { problem: problemDocument(refusal) }),
  };
}

/** The wire form of a plan. */
export function toApplyPlanDto({ set, digest, counts, items }: ApplyPlan, applied: boolean): ApplyPlanDto {
  return { set, plan: digest, applied, counts, items: items.map(toItemDto) };
}
