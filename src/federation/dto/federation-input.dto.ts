import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { ArrayMaxSize, IsArray, IsIn, Matches, NotEquals, ValidateNested } from 'class-validator';
import { IsLine, IsUriId, Optional, OptionalOrNull } from '../../registry/dto/field-rules.js';
import type { FederationAccess } from '../federation.entity.js';
import { FEDERATION_EXAMPLE, FIRE_TWIN_ID, TEMPORARY_FEDERATION_ID, TRAFFIC_TWIN_ID } from './examples.js';

/** What a role may be called. */
const ROLE = /^[a-z][a-z0-9-]{0,62}$/;
/** The role that only the initiator has. */
export const INITIATOR_ROLE = 'initiator';
/** The role of members who were given none. */
export const MEMBER_ROLE = 'member';

/** A twin that is to take a seat in a federation. */
export class SeatDto {
  @ApiProperty({ maxLength: 512, example: TRAFFIC_TWIN_ID })
  @IsUriId()
  twin!: string;

  @ApiPropertyOptional({
    pattern: ROLE.source,
    default: MEMBER_ROLE,
    description: 'Any name but initiator. An invitation’s role stands, whatever the joining twin asks for.',
    example: MEMBER_ROLE,
  })
  @Optional()
  @Matches(ROLE, { message: 'must be 1 to 63 lower-case letters, digits and hyphens, starting with a letter' })
  @NotEquals(INITIATOR_ROLE, { message: 'must not be initiator: hand the federation over instead' })
  role?: string;
}

/** What is said of a federation by PUT. */
export class ReplaceFederationDto {
  @ApiPropertyOptional({ maxLength: 200, example: FEDERATION_EXAMPLE.name })
  @Optional()
  @IsLine(200)
  name?: string;

  @ApiProperty({ maxLength: 500, description: 'What the federation is for.', example: FEDERATION_EXAMPLE.purpose })
  @IsLine(500)
  purpose!: string;

  @ApiProperty({ maxLength: 512, description: 'The twin that forms the federation; the caller must act for it.', example: FIRE_TWIN_ID })
  @IsUriId()
  initiator!: string;

  @ApiPropertyOptional({
    enum: ['private', 'listed'],
    default: 'private',
    description: 'listed: every caller may find it, and its twins may ask to join. private: only the organizations of its members.',
    example: FEDERATION_EXAMPLE.access,
  })
  @Optional()
  @IsIn(['private', 'listed'])
  access?: FederationAccess;
}

/** What is said of a federation by POST: its id and its first invitations may come with it. */
export class CreateFederationDto extends ReplaceFederationDto {
  @ApiPropertyOptional({
    maxLength: 512,
    description: 'A URI of your own; without one a urn:uuid: is minted.',
    example: TEMPORARY_FEDERATION_ID,
  })
  @Optional()
  @IsUriId()
  id?: string;

  @ApiPropertyOptional({
    type: [SeatDto],
    maxItems: 100,
    description: 'Twins to invite at once; all of them or none, and no federation either.',
    example: [{ twin: TRAFFIC_TWIN_ID }],
  })
  @Optional()
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => SeatDto)
  invitations?: SeatDto[];
}

/** A merge patch (RFC 7396) of a federation: what is absent stays; null takes the name away. */
export class PatchFederationDto {
  @ApiPropertyOptional({ type: String, maxLength: 200, nullable: true, example: FEDERATION_EXAMPLE.name })
  @OptionalOrNull()
  @IsLine(200)
  name?: string | null;

  @ApiPropertyOptional({ maxLength: 500, example: 'Clear the way for fire engines and ambulances' })
  @Optional()
  @IsLine(500)
  purpose?: string;

  @ApiPropertyOptional({ enum: ['private', 'listed'], example: FEDERATION_EXAMPLE.access })
  @Optional()
  @IsIn(['private', 'listed'])
  access?: FederationAccess;
}

/** Who is to orchestrate from now on. */
export class HandOverDto {
  @ApiProperty({ maxLength: 512, description: 'A JOINED member.', example: FIRE_TWIN_ID })
  @IsUriId()
  twin!: string;
}
