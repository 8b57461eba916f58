import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal } from './current-principal.js';
import { OpenStreams } from './open-streams.js';
import type { VerifiedPrincipal } from './token-verifier.js';

/** Until when a stream may go on. */
export class StreamTokenDto {
  @ApiProperty({ format: 'date-time', description: 'When the newest token that was shown expires, and the stream with it.' })
  expiresAt!: string;
}

/** Tokens of streams that are open. */
@ApiTags('Identity')
@ApiBearerAuth('bearer')
@Controller('v1/streams/:id/token')
export class StreamTokenController {
  constructor(private readonly streams: OpenStreams) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({
    operationId: 'renewStreamToken',
    summary: 'Keep a stream of events open',
    description:
      'Sent with a new token of the same organization or twin, before the one before expires, to any broker. A stream is closed within a second of the ' +
      'expiry or revocation of its newest token. The id is in the first event of the stream, `stream`.',
  })
  @ApiParam({ name: 'id', description: 'Id of the stream.', example: '0d4f1c2e-6f8a-4a53-9a77-2f6b8f0c3d11' })
  @ApiOkResponse({ type: StreamTokenDto })
  @ApiResponse({ status: 404, description: 'The caller has no such stream open (problem+json `not-found`).' })
  async renew(@CurrentPrincipal() principal: VerifiedPrincipal, @Param('id') id: string): Promise<StreamTokenDto> {
    return { expiresAt: (await this.streams.renew(id, principal)).toISOString() };
  }
}
