import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { DomainEvents } from '../database/domain-events.js';
import { isClientId } from './client-secret.js';
import { CredentialRepository, type StoredCredential } from './credential.repository.js';
import type { Principal } from './principal.js';

const MAX_CREDENTIALS = 20_000;

/** Subject of the `organization.changed` event that tells of the operator's credential. */
export const OPERATOR_SUBJECT = 'operator';

/** A credential that exists, whom it speaks for, and whether that organization is suspended or has left. */
export interface LiveCredential {
  readonly principal: Principal;
  readonly secretHash: Buffer;
  readonly suspended: boolean;
}

/**
 * The credentials in use, in memory. An `organization.changed` event drops those of its subject: at once in the broker that made the
 * change, within a second in the others. What does not exist is not remembered.
 */
@Injectable()
export class CredentialDirectory {
  private readonly known = new LRUCache<string, LiveCredential>({ max: MAX_CREDENTIALS });
  private changes = 0;

  constructor(
    private readonly repository: CredentialRepository,
    events: DomainEvents,
  ) {
    events.subscribe(['organization.changed'], (event) => {
      this.forget(event.subject);
    });
  }

  /** What is in memory already. */
  peek(clientId: string): LiveCredential | undefined {
    return this.known.get(clientId);
  }

  async find(clientId: string): Promise<LiveCredential | undefined> {
    const known = this.known.get(clientId);
    if (known !== undefined || !isClientId(clientId)) return known;
    const { changes } = this;
    const stored = await this.repository.find(clientId);
    const credential = stored === undefined ? undefined : liveCredential(stored);
    // What was read before a change that came meanwhile must not outlive this call.
    if (credential !== undefined && changes === this.changes) this.known.set(clientId, credential);
    return credential;
  }

  private forget(subject: string): void {
    this.changes += 1;
    for (const [clientId, { principal }] of [...this.known.entries()]) {
      if ((principal.kind === 'operator' ? OPERATOR_SUBJECT : principal.organization) === subject) this.known.delete(clientId);
    }
  }
}

function liveCredential(stored: StoredCredential): LiveCredential {
  return { principal: principalOf(stored), secretHash: stored.secretHash, suspended: stored.status !== null && stored.status !== 'ACTIVE' };
}

function principalOf({ kind, clientId: subject, organization, twin }: StoredCredential): Principal {
  if (kind === 'operator') return { kind, subject };
  if (organization === null) throw new Error('A credential names no organization.');
  if (kind === 'organization') return { kind, organization, subject };
  if (twin === null) throw new Error('A credential names no twin.');
  return { kind, organization, twin, subject };
}
