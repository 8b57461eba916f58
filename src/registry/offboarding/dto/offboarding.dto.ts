import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean, IsIn, Matches, ValidateIf } from 'class-validator';
import { Optional } from '../../dto/field-rules.js';
import { OWNER } from '../../dto/list-twins.dto.js';
import {
  type Offboarding,
  OFFBOARDING_MODES,
  OFFBOARDING_STATES,
  type OffboardingMode,
  type OffboardingPlan,
  type OffboardingState,
} from '../offboarding.js';

/** How an organization shall leave. */
export class OffboardOrganizationDto {
  @ApiProperty({ enum: OFFBOARDING_MODES, description: 'What becomes of its twins.', example: 'deregister' })
  @IsIn(OFFBOARDING_MODES)
  twins!: OffboardingMode;

  @ApiPropertyOptional({ description: 'Of twins=transfer: the organization that shall have them, and has consented.' })
  @ValidateIf(({ twins, to }: OffboardOrganizationDto) => twins === 'transfer' || to !== undefined)
  @Matches(OWNER, { message: 'must be 1 to 63 lower-case letters, digits and hyphens' })
  to?: string;
}

/** Whether to tell only. */
export class OffboardingQueryDto {
  @ApiPropertyOptional({ type: Boolean, default: false, description: 'Only tell what would be touched.', example: true })
  @Optional()
  @Transform(({ value }: { value: unknown }) => (value === 'true' ? true : value === 'false' ? false : value))
  @IsBoolean({ message: 'must be true or false' })
  dryRun?: boolean;
}

/** What an offboarding would touch. */
export class OffboardingPlanDto {
  @ApiProperty({ example: 'city-traffic' })
  organization!: string;

  @ApiProperty({ enum: OFFBOARDING_MODES })
  twins!: OffboardingMode;

  @ApiPropertyOptional({ description: 'Who would have the twins.' })
  to?: string;

  @ApiPropertyOptional({ description: 'Why it could not begin; absent when it could.' })
  obstacle?: string;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description:
      'twins, sets, offers, credentials; vocabularies and schemas, which stay; and federations that it leads, memberships, connections.',
    example: { twins: 40, sets: 1, offers: 0, credentials: 3, federations: 1, memberships: 4, connections: 6 },
  })
  counts!: Record<string, number>;
}

/** A twin that could not be handed over. */
export class RefusedTwinDto {
  @ApiProperty({ example: 'urn:example:twin:traffic' })
  twin!: string;

  @ApiProperty()
  detail!: string;
}

/** How far an offboarding has come. */
export class OffboardingDto {
  @ApiProperty({ example: 'city-traffic' })
  organization!: string;

  @ApiProperty({ enum: OFFBOARDING_MODES })
  twins!: OffboardingMode;

  @ApiPropertyOptional()
  to?: string;

  @ApiProperty({ enum: OFFBOARDING_STATES, description: 'BLOCKED: some twins could not be handed over; begin again in another way.' })
  state!: OffboardingState;

  @ApiProperty({ description: 'Twins that it still has.', example: 0 })
  remaining!: number;

  @ApiProperty({ example: 40 })
  deregistered!: number;

  @ApiProperty({ example: 0 })
  transferred!: number;

  @ApiProperty({ description: 'Federations that it led.', example: 1 })
  federationsDissolved!: number;

  @ApiProperty({ type: [RefusedTwinDto], description: 'At most 100.' })
  refused!: RefusedTwinDto[];

  @ApiProperty({ format: 'date-time' })
  startedAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;

  @ApiPropertyOptional({ format: 'date-time' })
  finishedAt?: string;
}

/** The wire form of a plan. */
export function toOffboardingPlanDto({
  organization,
  order,
  obstacle,
  twins,
  sets,
  vocabularies,
  schemas,
  offers,
  credentials,
  others,
}: OffboardingPlan): OffboardingPlanDto {
  return {
    organization,
    twins: order.mode,
    ...(order.to === undefined ? {} : { to: order.to }),
    ...(obstacle === undefined ? {} : { obstacle }),
    counts: { twins, sets, vocabularies, schemas, offers, credentials, ...others },
  };
}

/** The wire form of an offboarding. */
export function toOffboardingDto(offboarding: Offboarding): OffboardingDto {
  const { organization, mode, to, state, remaining, deregistered, transferred, dissolved, refused, startedAt, updatedAt, finishedAt } =
    offboarding;
  return {
    organization,
    twins: mode,
    ...(to === null ? {} : { to }),
    state,
    remaining,
    deregistered,
    transferred,
    federationsDissolved: dissolved,
    refused: refused.map(({ twin, detail }) => ({ twin, detail })),
    startedAt: startedAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
    ...(finishedAt === null ? {} : { finishedAt: finishedAt.toISOString() }),
  };
}
