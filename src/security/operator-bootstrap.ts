/**
 * The operator's credential. Its client id is fixed, so the primary key decides which of several brokers creates it: the insert of one,
 * the others wait for its commit and find it there.
 *
 * The creator writes DATA_DIR/operator.json inside the transaction, before the commit. A crash in between leaves a file whose secret opens
 * nothing, and no credential: the next start makes both anew. The other order could leave a credential whose secret nobody knows.
 * When the file is lost later, OPERATOR_CLIENT_SECRET sets a new secret at the next start.
 */
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { Config } from '../config/config.js';
import { UnitOfWork } from '../database/unit-of-work.js';
import { Audit, BROKER } from './audit.js';
import { hashSecret, mintClientSecret, secretMatches } from './client-secret.js';
import { OPERATOR_SUBJECT } from './credential-directory.js';
import { CredentialRepository } from './credential.repository.js';
import { readPrivateFile, replacePrivateFile } from './private-file.js';

/** Client id of the operator's credential. */
export const OPERATOR_CLIENT_ID = 'operator';
const FILE_NAME = 'operator.json';

/** What happened to the operator's credential at this start. */
export interface OperatorOutcome {
  /** This start created it. */
  readonly created: boolean;
  readonly clientId: string;
  /** Where the secret is kept. */
  readonly path: string;
  /** Whether the file at `path` holds the secret in force: another broker may have written its own file elsewhere. */
  readonly fileIsCurrent: boolean;
  /** The generated secret, only in the start that created it: to be shown once, never logged. */
  readonly clientSecret?: string;
}

/** Sees to it, at each start, that there is exactly one operator credential. */
@Injectable()
export class OperatorBootstrap {
  private readonly path: string;

  constructor(
    private readonly repository: CredentialRepository,
    private readonly uow: UnitOfWork,
    private readonly audit: Audit,
    private readonly config: Config,
  ) {
    this.path = join(config.dataDir, FILE_NAME);
  }

  async ensure(): Promise<OperatorOutcome> {
    const given = this.config.operatorClientSecret;
    const secret = given ?? mintClientSecret();
    const outcome = await this.uow.run(async (tx) => {
      const outcome = await this.repository.putOperator(tx, OPERATOR_CLIENT_ID, hashSecret(secret), given !== undefined);
      if (outcome !== 'unchanged') {
        this.audit.record(tx, {
          principal: BROKER,
          action: `operator.${outcome === 'created' ? 'create' : 'set-secret'}`,
          subject: OPERATOR_CLIENT_ID,
        });
        await this.writeFile(secret);
      }
      if (outcome === 'replaced') tx.record({ kind: 'organization.changed', subject: OPERATOR_SUBJECT, data: { secret: 'replaced' } });
      return outcome;
    });
    if (outcome === 'unchanged' && given !== undefined && (await this.secretInFile()) !== given) await this.writeFile(given);
    const created = outcome === 'created';
    return {
      created,
      clientId: OPERATOR_CLIENT_ID,
      path: this.path,
      fileIsCurrent: await this.fileIsCurrent(),
      ...(created && given === undefined ? { clientSecret: secret } : {}),
    };
  }

  private async writeFile(secret: string): Promise<void> {
    const content = { client_id: OPERATOR_CLIENT_ID, client_secret: secret };
    await replacePrivateFile(this.path, `${JSON.stringify(content, null, 2)}\n`);
  }

  private async fileIsCurrent(): Promise<boolean> {
    const secret = await this.secretInFile();
    const credential = await this.repository.find(OPERATOR_CLIENT_ID);
    return secret !== undefined && secretMatches(secret, credential?.secretHash);
  }

  private async secretInFile(): Promise<string | undefined> {
    try {
      const content: unknown = JSON.parse((await readPrivateFile(this.path)) ?? 'null');
      return typeof content === 'object' && content !== null && 'client_secret' in content && typeof content.client_secret === 'string'
        ? content.client_secret
        : undefined;
    } catch (error) {
      // A file that somebody broke holds no secret; one that cannot be read is a fault to be told.
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }
}
