import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Audit, type ChainVerdict, SYSTEM_CHAIN } from './audit.js';
import { CurrentPrincipal } from './current-principal.js';
import { ChainQuery, ChainVerdictView } from './dto/audit.dto.js';
import { OperatorOnly } from './operator-only.js';
import { namedOrganization } from './own-organization.js';
import type { Principal } from './principal.js';

/** Whether the audit log holds: for operators, because it reads a whole chain. */
@ApiTags('Organizations')
@ApiBearerAuth('operator')
@Controller('v1/audit/verification')
export class AuditVerificationController {
  constructor(private readonly audit: Audit) {}

  @Get()
  @OperatorOnly()
  @ApiOperation({
    operationId: 'verifyAuditChain',
    summary: 'Verify a chain of the audit log',
    description: 'Recomputes every hash of the chain from its first entry.',
  })
  @ApiOkResponse({ type: ChainVerdictView })
  @ApiResponse({ status: 403, description: 'The caller is not an operator (problem+json `forbidden`).' })
  async verify(@CurrentPrincipal() principal: Principal, @Query() { chain }: ChainQuery): Promise<ChainVerdict> {
    return this.audit.verify(chain === undefined ? SYSTEM_CHAIN : namedOrganization(principal, chain));
  }
}
