import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsString, MaxLength } from 'class-validator';
import { IsPageLimit, IsUriId, Optional } from '../../registry/dto/field-rules.js';
import { CONNECTION_STATES, type ConnectionState } from '../connection-state.js';
import { FEDERATION_STATES, type FederationState } from '../federation-state.js';
import { MEMBER_STATES, type MemberState } from '../member-state.js';
import { FEDERATION_ID, FIRE_TWIN_ID, TRAFFIC_TWIN_ID } from './examples.js';

class PageQueryDto {
  @ApiPropertyOptional({ minimum: 1, maximum: 1000, default: 50, example: 50 })
  @Optional()
  @Type(() => Number)
  @IsPageLimit()
  limit?: number;

  @ApiPropertyOptional({ description: '`next` of the page before, with the same filters.' })
  @Optional()
  @IsString()
  @MaxLength(4096)
  cursor?: string;
}

/** Filters of GET /v1/federations. */
export class ListFederationsDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: FEDERATION_STATES, example: 'ACTIVE' })
  @Optional()
  @IsIn(FEDERATION_STATES)
  state?: FederationState;

  @ApiPropertyOptional({ maxLength: 512, example: FIRE_TWIN_ID })
  @Optional()
  @IsUriId()
  initiator?: string;

  @ApiPropertyOptional({ maxLength: 512, description: 'A twin that is JOINED, INVITED or REQUESTED.', example: TRAFFIC_TWIN_ID })
  @Optional()
  @IsUriId()
  member?: string;
}

/** Filters of GET /v1/federations/{id}/members. */
export class ListMembersDto extends PageQueryDto {
  @ApiPropertyOptional({ enum: MEMBER_STATES, example: 'JOINED' })
  @Optional()
  @IsIn(MEMBER_STATES)
  state?: MemberState;
}

/** Filters of GET /v1/connections. */
export class ListConnectionsDto extends PageQueryDto {
  @ApiPropertyOptional({ maxLength: 512, example: FEDERATION_ID })
  @Optional()
  @IsUriId()
  federationId?: string;

  @ApiPropertyOptional({ maxLength: 512, description: 'Either side.', example: TRAFFIC_TWIN_ID })
  @Optional()
  @IsUriId()
  twin?: string;

  @ApiPropertyOptional({ enum: CONNECTION_STATES, example: 'CONNECTED' })
  @Optional()
  @IsIn(CONNECTION_STATES)
  state?: ConnectionState;
}
