import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsString, Matches, MaxLength, MinLength, ValidateNested } from 'class-validator';
import { LONGEST_EXPRESSION } from '../../adaptor/script/script-runner.js';
import { FreeJson, IsPageLimit, IsUriId, Optional } from '../../registry/dto/field-rules.js';
import { CONNECTION_ID, TRAFFIC_TWIN_ID } from '../dto/examples.js';

/** Which way of a payload. */
export const FLOW_PURPOSES = ['data', 'input', 'output'] as const;
export type FlowPurpose = (typeof FLOW_PURPOSES)[number];

/** One flow of a connection. */
export class FlowReferenceDto {
  @ApiProperty({ maxLength: 512, description: 'The twin whose feature it is.', example: TRAFFIC_TWIN_ID })
  @IsUriId()
  twin!: string;

  @ApiProperty({ maxLength: 200, description: 'Name of the feature.', example: 'trafficFlow' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  feature!: string;

  @ApiProperty({ enum: FLOW_PURPOSES, description: 'Of data its one flow; of a function, its parameters or its result.', example: 'data' })
  @IsIn(FLOW_PURPOSES)
  purpose!: FlowPurpose;
}

/** What is said of one step. */
export class StepOverrideDto extends FlowReferenceDto {
  @ApiProperty({ maxLength: 200, description: 'Id of the step, as the plan names it.', example: 'unit-1' })
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  step!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Other parameters; absent, those that were planned.',
    example: { decimals: 1 },
  })
  @Optional()
  @FreeJson()
  parameters?: Record<string, unknown>;

  @ApiPropertyOptional({ description: 'The step is left out.', example: false })
  @Optional()
  @IsBoolean()
  skipped?: boolean;

  @ApiPropertyOptional({ description: 'It stays as it is now when the plan is made anew.', example: true })
  @Optional()
  @IsBoolean()
  pinned?: boolean;
}

/** An expression in place of the semantic steps of a flow. */
export class FlowScriptDto extends FlowReferenceDto {
  @ApiProperty({
    maxLength: LONGEST_EXPRESSION,
    description: 'JSONata, from the decoded value to the one to be encoded.',
    example: '$',
  })
  @IsString()
  @MinLength(1)
  @MaxLength(LONGEST_EXPRESSION)
  expression!: string;
}

/** The answer to what the planner asked: which place of the sender's value one of the receiver's is. */
export class FlowMatchDto extends FlowReferenceDto {
  @ApiProperty({
    maxLength: 2_048,
    description: 'In the sender’s value: a JSON pointer, `*` for each element of an array.',
    example: '/speed',
  })
  @IsString()
  @MaxLength(2_048)
  from!: string;

  @ApiProperty({ maxLength: 2_048, description: 'In the value that the receiver needs.', example: '/motion/velocity' })
  @IsString()
  @MaxLength(2_048)
  to!: string;
}

/** What a request for a connection says of how it is adapted. */
export class RequestedAdaptationDto {
  @ApiPropertyOptional({ type: [FlowScriptDto], maxItems: 100, description: 'In place of the semantic steps of flows.', example: [] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => FlowScriptDto)
  scripts?: FlowScriptDto[];

  @ApiPropertyOptional({
    type: [FlowMatchDto],
    maxItems: 200,
    description: 'Answers to what would be refused with `semantic-unresolved`; each for a place that is looked for.',
    example: [],
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => FlowMatchDto)
  matches?: FlowMatchDto[];
}

/** What people say of the plan of a connection; what is left out goes. */
export class AdaptationTermsDto extends RequestedAdaptationDto {
  @ApiPropertyOptional({ type: [StepOverrideDto], maxItems: 200, example: [] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => StepOverrideDto)
  overrides?: StepOverrideDto[];
}

/** Which proposal is applied. */
export class ApplyAdaptationDto {
  @ApiPropertyOptional({ maxLength: 100, description: 'Of the proposal that was looked at; absent, whatever it is now.' })
  @Optional()
  @IsString()
  @Matches(/^[A-Za-z0-9_-]{1,100}$/, { message: 'must be the digest of a proposal' })
  digest?: string;
}

/** A payload to be tried. */
export class TryAdaptationDto extends FlowReferenceDto {
  @ApiProperty({ description: 'As its sender would send it: any JSON.', example: { vehiclesPerHour: 120 } })
  @FreeJson()
  payload!: unknown;
}

/** Which page of versions. */
export class ListPlanVersionsDto {
  @ApiPropertyOptional({ minimum: 1, maximum: 100, default: 50, example: 10 })
  @Optional()
  @Type(() => Number)
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before.' })
  @Optional()
  @IsString()
  @MaxLength(4096)
  cursor?: string;
}

/** A version of the plan of a connection. */
export class PlanVersionDto {
  @ApiProperty({ example: 1 })
  version!: number;

  @ApiProperty({ format: 'date-time', description: 'Publications accepted from then on go by it.', example: '2026-01-01T00:00:00.000Z' })
  heldFrom!: string;

  @ApiProperty({ description: 'It changes no payload.', example: true })
  identity!: boolean;

  @ApiProperty({ description: 'SHA-256 of what it says, base64url: equal plans have equal digests.' })
  digest!: string;

  @ApiProperty({ description: 'Why it was made.', example: 'the connection was accepted' })
  why!: string;

  @ApiProperty({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Each feature with its flows: steps with parameters, the schema after each, losses, confidence.',
  })
  features!: unknown[];
}

/** How a connection is adapted. */
export class ConnectionAdaptationDto extends PlanVersionDto {
  @ApiProperty({ example: CONNECTION_ID })
  connectionId!: string;

  @ApiProperty({ type: [StepOverrideDto] })
  overrides!: object[];

  @ApiProperty({ type: [FlowScriptDto] })
  scripts!: object[];

  @ApiProperty({ type: [FlowMatchDto] })
  matches!: object[];
}

/** A page of versions, newest first. */
export class PlanVersionPageDto {
  @ApiProperty({ type: [PlanVersionDto] })
  items!: PlanVersionDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** What planning anew would change. */
export class PlanProposalDto {
  @ApiProperty({ description: 'Version of the plan that holds.', example: 1 })
  planVersion!: number;

  @ApiProperty({ enum: ['none', 'changed', 'refused'], description: '`none`: it would give the same plan.', example: 'none' })
  outcome!: 'none' | 'changed' | 'refused';

  @ApiPropertyOptional({ description: 'Names the proposal.' })
  digest?: string;

  @ApiPropertyOptional({ description: 'It is applied without anybody asking for it.' })
  appliesByItself?: boolean;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'What differs: versions of features, steps and losses of flows.',
  })
  difference?: object;

  @ApiPropertyOptional({
    type: 'array',
    items: { type: 'object', additionalProperties: true },
    description: 'Overrides that would find no step.',
  })
  unplaced?: object[];

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'The plan that would hold.' })
  plan?: object;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Why there would be none: `code`, `detail`, and what the problem says beside.',
  })
  refusal?: object;
}

/** What the plan makes of a payload. */
export class AdaptationTrialDto {
  @ApiProperty({ example: 1 })
  planVersion!: number;

  @ApiProperty({ description: 'Who sends by this flow.', example: TRAFFIC_TWIN_ID })
  from!: string;

  @ApiProperty({ description: 'Who receives by it.' })
  to!: string;

  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true }, description: 'The payload after each step.' })
  steps!: object[];

  @ApiPropertyOptional({ description: 'What the receiver gets; absent when a step failed.' })
  result?: unknown;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'The step that failed, and why.' })
  failure?: object;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'The way back to the sender’s form, by the inverse of each step: `steps`, `result`, `failure`; or `oneWay`, the step that has none.',
  })
  back?: object;
}
