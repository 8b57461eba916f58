import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsBoolean } from 'class-validator';
import type { ChangePreview } from '../twin-preview.service.js';
import { Optional } from './field-rules.js';

const flag = ({ value }: { value: unknown }): unknown => (value === 'true' ? true : value === 'false' ? false : value);

/** Asks what a registration would do. */
export class RegisterQueryDto {
  @ApiPropertyOptional({ type: Boolean, description: 'true tells what would happen, and changes nothing.', example: false })
  @Optional()
  @Transform(flag)
  @IsBoolean()
  dryRun?: boolean;
}

/** How a change is made. */
export class ChangeQueryDto extends RegisterQueryDto {
  @ApiPropertyOptional({ type: Boolean, description: 'true makes a change although it breaks who uses a feature.', example: false })
  @Optional()
  @Transform(flag)
  @IsBoolean()
  force?: boolean;
}

/** A place of a feature that its users could not live with, or might not. */
export class FeatureFindingDto {
  @ApiProperty({
    description: 'Into the new profile; of a removed feature, into the old.',
    example: '/features/0/schema/properties/intensity/type',
  })
  pointer!: string;

  @ApiProperty({ enum: ['breaking', 'undecided'], example: 'breaking' })
  verdict!: 'breaking' | 'undecided';

  @ApiProperty({ example: 'the new schema allows string, which the old does not' })
  detail!: string;
}

/** What a change means for the users of one feature. */
export class FeatureImpactDto {
  @ApiProperty({ example: 'trafficFlow' })
  feature!: string;

  @ApiProperty({ enum: ['added', 'removed', 'changed'], example: 'changed' })
  change!: 'added' | 'removed' | 'changed';

  @ApiProperty({ enum: ['compatible', 'breaking', 'undecided'], example: 'compatible' })
  verdict!: 'compatible' | 'breaking' | 'undecided';

  @ApiProperty({ description: 'Whether it comes as a new major version, which may break.', example: false })
  newMajor!: boolean;

  @ApiProperty({ type: [FeatureFindingDto] })
  findings!: FeatureFindingDto[];
}

/** Who stands on a feature that breaks. */
export class FeatureDependentDto {
  @ApiProperty({ enum: ['connection', 'subscription'], example: 'connection' })
  kind!: 'connection' | 'subscription';

  @ApiProperty({ example: 'urn:example:connection:1' })
  id!: string;

  @ApiProperty({ type: [String], description: 'The features that it stands on, of those that break.', example: ['trafficFlow'] })
  features!: string[];

  @ApiProperty({ description: 'The twin at the other end.', example: 'urn:example:twin:fire' })
  twin!: string;
}

/** What a change means for those who use the twin's features. */
export class ChangeImpactDto {
  @ApiProperty({
    enum: ['none', 'compatible', 'undecided', 'breaking'],
    description: 'breaking and undecided are refused without force. New major versions of features do not count.',
    example: 'none',
  })
  verdict!: 'none' | 'compatible' | 'undecided' | 'breaking';

  @ApiProperty({ type: [FeatureImpactDto], description: 'The features that change; at most 100 findings altogether.' })
  features!: FeatureImpactDto[];

  @ApiProperty({
    type: [FeatureDependentDto],
    description: 'Up to 100 connections and 100 subscriptions that stand on what breaks or may break.',
  })
  dependents!: FeatureDependentDto[];

  @ApiProperty({ description: 'Whether there are more than are named.', example: false })
  moreDependents!: boolean;
}

/** What a change would do. */
export class ChangePreviewDto {
  @ApiProperty({ example: 'urn:example:twin:traffic' })
  id!: string;

  @ApiProperty({ enum: ['created', 'replaced', 'unchanged'], example: 'replaced' })
  change!: 'created' | 'replaced' | 'unchanged';

  @ApiProperty({ type: ChangeImpactDto })
  impact!: ChangeImpactDto;
}

/** The wire form of a preview. */
export function toChangePreviewDto({
  id,
  change,
  impact: { verdict, features, dependents, moreDependents },
}: ChangePreview): ChangePreviewDto {
  return {
    id,
    change,
    impact: {
      verdict,
      features: features.map((feature) => ({ ...feature, findings: [...feature.findings] })),
      dependents: dependents.map((dependent) => ({ ...dependent, features: [...dependent.features] })),
      moreDependents,
    },
  };
}
