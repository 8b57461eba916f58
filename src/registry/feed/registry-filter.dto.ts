import { ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsIn, Matches, MaxLength } from 'class-validator';
import { IsUriId, Optional } from '../dto/field-rules.js';
import { DOMAIN } from '../dto/twin-profile.dto.js';
import { REGISTRY_EVENT_TYPES, type RegistryEventType } from './registry-event.js';

/** Which changes of twins a subscription asks for; without any member, all that the subscriber may see. */
export class RegistryFilterDto {
  @ApiPropertyOptional({ enum: REGISTRY_EVENT_TYPES, isArray: true, example: ['twinRegistered', 'twinDeregistered'] })
  @Optional()
  @IsArray()
  @ArrayMaxSize(REGISTRY_EVENT_TYPES.length)
  @IsIn(REGISTRY_EVENT_TYPES, { each: true })
  types?: RegistryEventType[];

  @ApiPropertyOptional({ description: 'Only twins of this domain.', example: 'traffic' })
  @Optional()
  @Matches(DOMAIN, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  domain?: string;

  @ApiPropertyOptional({ description: 'Only twins of this organization.', example: 'city-traffic' })
  @Optional()
  @MaxLength(200)
  owner?: string;
}

/** The parameters of a SUBSCRIBE on twins or features. */
export class RegistryWishDto extends RegistryFilterDto {
  @ApiPropertyOptional({ description: 'Of a feature: only of this twin.' })
  @Optional()
  @IsUriId()
  twin?: string;
}
