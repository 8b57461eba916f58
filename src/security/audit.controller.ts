import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { Page } from '../kernel/page.js';
import { DomainError } from '../problems/domain-error.js';
import { Audit, type AuditEntry, SYSTEM_CHAIN } from './audit.js';
import { CurrentPrincipal } from './current-principal.js';
import { AuditPage, AuditQuery } from './dto/audit.dto.js';
import { namedOrganization } from './own-organization.js';
import { organizationOf, type Principal } from './principal.js';

/** The audit log: an organization reads its own chain, an operator every one. */
@ApiTags('Identity')
@ApiBearerAuth('operator')
@ApiBearerAuth('organization')
@Controller('v1/audit')
export class AuditController {
  constructor(private readonly audit: Audit) {}

  @Get()
  @ApiOperation({
    operationId: 'listAuditEntries',
    summary: 'Read the audit log',
    description:
      'Every decision that changed something, newest first. Each entry carries the hash of the one before, so that a change shows.',
  })
  @ApiOkResponse({ type: AuditPage })
  @ApiResponse({ status: 404, description: "The chain is another organization's (problem+json `not-found`)." })
  async list(@CurrentPrincipal() principal: Principal, @Query() { chain, limit, cursor }: AuditQuery): Promise<Page<AuditEntry>> {
    return this.audit.list(chainFor(principal, chain), limit, cursor);
  }
}

function chainFor(principal: Principal, named?: string): string {
  const own = organizationOf(principal);
  const chain = named === undefined ? (own ?? SYSTEM_CHAIN) : namedOrganization(principal, named);
  if (own !== undefined && chain !== own) throw new DomainError('not-found', `There is no audit chain ${chain} here.`);
  return chain;
}
