import { Injectable, type OnModuleInit } from '@nestjs/common';
import { OperatorBootstrap, type OperatorOutcome } from './operator-bootstrap.js';
import { SigningKeys } from './signing-keys.js';

/** What identity needs before the first request: the signing keys, and on the very first start the operator's credential. */
@Injectable()
export class SecurityStartup implements OnModuleInit {
  private operator?: OperatorOutcome;

  constructor(
    private readonly keys: SigningKeys,
    private readonly bootstrap: OperatorBootstrap,
  ) {}

  /** Runs after the database module's own start. @throws SecretKeyError when SECRET_KEY does not open the keys in the database */
  async onModuleInit(): Promise<void> {
    await this.keys.start();
    this.operator = await this.bootstrap.ensure();
  }

  /** What this start did about the operator's credential, for whoever shows it once. */
  get outcome(): OperatorOutcome {
    if (this.operator === undefined) throw new Error('Identity has not started yet.');
    return this.operator;
  }
}
