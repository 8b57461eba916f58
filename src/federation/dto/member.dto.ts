import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { FederationMember } from '../federation-member.entity.js';
import { MEMBER_STATES, type MemberState } from '../member-state.js';
import { FEDERATION_ID, TRAFFIC_TWIN_ID } from './examples.js';
import { MEMBER_ROLE } from './federation-input.dto.js';

/** A twin's place in a federation. */
export class MemberDto {
  @ApiProperty({ example: FEDERATION_ID })
  federationId!: string;

  @ApiProperty({ example: TRAFFIC_TWIN_ID })
  twin!: string;

  @ApiProperty({ description: 'initiator, or what the invitation or the request said.', example: MEMBER_ROLE })
  role!: string;

  @ApiProperty({ enum: MEMBER_STATES, example: 'JOINED' })
  state!: MemberState;

  @ApiProperty({ format: 'date-time', description: 'When the present state began.', example: '2026-01-01T00:00:00.000Z' })
  since!: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-01T00:00:00.000Z' })
  createdAt!: string;
}

/** One page of members; it may hold fewer than asked for where some may not be seen by the caller. */
export class MemberPageDto {
  @ApiProperty({ type: [MemberDto] })
  items!: MemberDto[];

  @ApiPropertyOptional({ description: 'Cursor of the next page; absent on the last.' })
  next?: string;
}

/** The wire form of a membership. */
export function memberWire(member: FederationMember): MemberDto {
  return {
    federationId: member.federationId,
    twin: member.twin,
    role: member.role,
    state: member.state,
    since: member.since.toISOString(),
    createdAt: member.createdAt.toISOString(),
  };
}
