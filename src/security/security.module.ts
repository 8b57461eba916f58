import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Config } from '../config/config.js';
import { DatabaseModule } from '../database/database.module.js';
import { AuditController } from './audit.controller.js';
import { Audit } from './audit.js';
import { AuditVerificationController } from './audit-verification.controller.js';
import { AuditRepository } from './audit.repository.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { CredentialDirectory } from './credential-directory.js';
import { CredentialRepository } from './credential.repository.js';
import { CredentialService } from './credential.service.js';
import { EventStreams } from './event-streams.js';
import { HeldTokens } from './held-token.js';
import { FailureDamper } from './failure-damper.js';
import { OpenStreams } from './open-streams.js';
import { StreamTokenController } from './stream-token.controller.js';
import { OperatorBootstrap } from './operator-bootstrap.js';
import { OrganizationController } from './organization.controller.js';
import { OrganizationIdentityController } from './organization-identity.controller.js';
import { OrganizationRepository } from './organization.repository.js';
import { OrganizationService } from './organization.service.js';
import { OutboundGuard } from './outbound/outbound-guard.js';
import { SealedSecrets } from './sealed-secrets.js';
import { readSecretKey } from './secret-key.js';
import { SecurityStartup } from './security-startup.js';
import { SigningKeyRepository } from './signing-key.repository.js';
import { SigningKeys } from './signing-keys.js';
import { TokenController } from './token.controller.js';
import { TokenService } from './token.service.js';
import { TokenVerifier } from './token-verifier.js';
import { WellKnownController } from './well-known.controller.js';
// Registers the entities: the repositories here speak SQL and need only their types, but the schema is compared with them.
import './audit-entry.entity.js';
import './credential.entity.js';
import './organization.entity.js';
import './signing-key.entity.js';

/** Identity: who calls, what for, and the log of what was decided. Guards every route of the application. */
@Module({
  imports: [DatabaseModule],
  controllers: [
    TokenController,
    WellKnownController,
    OrganizationIdentityController,
    AuditController,
    OrganizationController,
    AuditVerificationController,
    StreamTokenController,
  ],
  providers: [
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: SealedSecrets, useFactory: async (config: Config) => new SealedSecrets(await readSecretKey(config)), inject: [Config] },
    Audit,
    AuditRepository,
    CredentialDirectory,
    CredentialRepository,
    CredentialService,
    EventStreams,
    FailureDamper,
    HeldTokens,
    OpenStreams,
    OperatorBootstrap,
    OrganizationRepository,
    OrganizationService,
    OutboundGuard,
    SecurityStartup,
    SigningKeyRepository,
    SigningKeys,
    TokenService,
    TokenVerifier,
  ],
  exports: [
    Audit,
    CredentialService,
    EventStreams,
    HeldTokens,
    OrganizationService,
    OutboundGuard,
    SealedSecrets,
    SecurityStartup,
    SigningKeys,
    TokenService,
    TokenVerifier,
  ],
})
export class SecurityModule {}
