import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsObject, Max, Min } from 'class-validator';
import { FreeJson, Optional } from '../../dto/field-rules.js';
import { READINESS_CHECKS, READINESS_OUTCOMES, type ReadinessCheck, type ReadinessCheckName, type ReadinessOutcome } from '../readiness.js';
import type { ReadinessReport } from '../readiness.service.js';

/** What to check beyond the registration. */
export class ReadinessRequestDto {
  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description:
      'By the name of a feature: a value of data, or parameters of a function. Without one, the last published value of data is taken.',
    example: { trafficFlow: { road: 'A40', intensity: 420 } },
  })
  @Optional()
  @FreeJson()
  @IsObject()
  samples?: Record<string, unknown>;

  @ApiPropertyOptional({
    minimum: 0,
    maximum: 30,
    default: 5,
    description: 'How long the twin may take to claim and settle a message; 0: send none.',
    example: 0,
  })
  @Optional()
  @IsInt()
  @Min(0)
  @Max(30)
  waitSeconds?: number;
}

/** One check. */
export class ReadinessCheckDto implements ReadinessCheck {
  @ApiProperty({ enum: READINESS_CHECKS, example: 'endpoint' })
  name!: ReadinessCheckName;

  @ApiPropertyOptional({ description: 'The endpoint’s URL, or the feature’s name.', example: 'https://traffic.example.org/things/a40' })
  subject?: string;

  @ApiProperty({ enum: READINESS_OUTCOMES, example: 'failed' })
  outcome!: ReadinessOutcome;

  @ApiProperty({ description: 'What was found.', example: 'The host name has no address.' })
  detail!: string;

  @ApiPropertyOptional({ description: 'What to do about it.', example: 'Correct the URL, or the DNS entry.' })
  remedy?: string;
}

/** Whether the twin can go live. */
export class ReadinessDto {
  @ApiProperty({ description: 'No check failed.', example: false })
  ready!: boolean;

  @ApiProperty({ type: [ReadinessCheckDto] })
  checks!: ReadinessCheckDto[];
}

/** The wire form of a report. */
export function toReadinessDto({ ready, checks }: ReadinessReport): ReadinessDto {
  return { ready, checks: [...checks] };
}
