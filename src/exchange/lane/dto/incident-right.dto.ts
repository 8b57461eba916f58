import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

/** A quota of incident messages. */
export class GrantIncidentRightDto {
  @ApiProperty({ description: 'Messages a minute, over all brokers; 0: none.', minimum: 0, maximum: 10_000_000, example: 600 })
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  perMinute!: number;
}

/** The right of an organization to the lane `incident`. */
export class IncidentRightDto {
  @ApiProperty()
  organization!: string;

  @ApiProperty({ description: 'Messages a minute, over all brokers.' })
  perMinute!: number;

  @ApiProperty({ description: 'Whether an operator said so; else it is the default (INCIDENT_QUOTA_PER_MINUTE).' })
  granted!: boolean;
}
