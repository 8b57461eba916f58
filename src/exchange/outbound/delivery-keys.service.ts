import { Injectable } from '@nestjs/common';
import { type EndpointKey, type KeyKind, newEndpointKey, readEndpointKey } from '../../adaptor/protocol/endpoint-key.js';
import { Database } from '../../database/database.js';
import { type Transaction, UnitOfWork } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { DomainError } from '../../problems/domain-error.js';
import { Audit } from '../../security/audit.js';
import type { Principal } from '../../security/principal.js';
import { SealedSecrets } from '../../security/sealed-secrets.js';
import {
  ADD_KEY_SQL,
  DELETE_FOREIGN_KEYS_SQL,
  DELETE_KEY_SQL,
  KEYS_SQL,
  LOCK_RECEIVER_SQL,
  RENEW_REVISION_SQL,
} from './endpoint.queries.js';
import { InboxOwner } from './inbox-owner.js';

/** A signing key as it is shown. */
export interface DeliveryKey {
  readonly name: string;
  readonly kind: KeyKind;
  readonly publicKey: string | null;
  readonly createdAt: Date;
}

/** A key just made; the secret is there once, when the broker made it and the receiver needs it. */
export interface NewDeliveryKey extends DeliveryKey {
  readonly secret?: string;
}

interface Row extends DeliveryKey {
  readonly sealedSecret: string;
}

/** The most keys of one endpoint. */
export const MAX_KEYS = 5;
const FIRST_KEY = 'first';

/**
 * The keys that sign deliveries. Every key signs every delivery, so that a key is changed without a gap: add the new one, let the receiver learn it,
 * remove the old one.
 */
@Injectable()
export class DeliveryKeys {
  constructor(
    private readonly database: Database,
    private readonly uow: UnitOfWork,
    private readonly secrets: SealedSecrets,
    private readonly owner: InboxOwner,
    private readonly audit: Audit,
  ) {}

  /** @throws DomainError `not-found`, `forbidden` */
  async list(principal: Principal, receiver: TwinId): Promise<DeliveryKey[]> {
    const organization = await this.owner.require(principal, receiver);
    return (await this.database.query<Row>(KEYS_SQL, [receiver, organization])).map(shown);
  }

  /** @throws DomainError `not-found`, `forbidden`, `already-exists`, `state-conflict` when there are {@link MAX_KEYS} */
  async add(principal: Principal, receiver: TwinId, name: string, kind: KeyKind, secret?: string): Promise<NewDeliveryKey> {
    const organization = await this.owner.require(principal, receiver);
    const material = newEndpointKey(kind, secret);
    const key = await this.uow.run(async (tx) => {
      await tx.query(LOCK_RECEIVER_SQL, [receiver]);
      await tx.query(DELETE_FOREIGN_KEYS_SQL, [receiver, organization]);
      const there = await tx.query<Row>(KEYS_SQL, [receiver, organization]);
      if (there.some((each) => each.name === name)) {
        throw new DomainError(
          'already-exists',
          `There is a key ${name}. A new key has a new name; the old one is removed when the receiver knows the new.`,
        );
      }
      if (there.length >= MAX_KEYS)
        throw new DomainError('state-conflict', `There are ${MAX_KEYS} keys, the most there may be: remove one first.`);
      const added = await this.insert(tx, receiver, organization, name, kind, material);
      this.changed(tx, principal, receiver, 'delivery-key.add', { name, kind });
      await tx.query(RENEW_REVISION_SQL, [receiver]);
      return added;
    });
    return { ...shown(key), ...(kind === 'hmac-sha256' && secret === undefined ? { secret: material.secret } : {}) };
  }

  /** @throws DomainError `not-found`, `forbidden`, `state-conflict` when deliveries would no longer be signed */
  async remove(principal: Principal, receiver: TwinId, name: string): Promise<void> {
    const organization = await this.owner.require(principal, receiver);
    await this.uow.run(async (tx) => {
      await tx.query(LOCK_RECEIVER_SQL, [receiver]);
      const keys = await tx.query<Row>(KEYS_SQL, [receiver, organization]);
      if (!keys.some((key) => key.name === name)) throw new DomainError('not-found', `There is no key ${name}.`);
      const isUsed = (await tx.query(RENEW_REVISION_SQL, [receiver])).length > 0;
      if (isUsed && keys.length === 1) {
        throw new DomainError('state-conflict', 'It is the only key, and every delivery is signed: add another one first.');
      }
      await tx.query(DELETE_KEY_SQL, [receiver, name]);
      this.changed(tx, principal, receiver, 'delivery-key.remove', { name });
    });
  }

  /** Makes an Ed25519 key when there is none, and forgets keys of who had the twin before. Joins the transaction, which holds the receiver's lock. */
  async ensure(tx: Transaction, receiver: TwinId, organization: string): Promise<void> {
    await tx.query(DELETE_FOREIGN_KEYS_SQL, [receiver, organization]);
    if ((await tx.query<Row>(KEYS_SQL, [receiver, organization])).length > 0) return;
    await this.insert(tx, receiver, organization, FIRST_KEY, 'ed25519', newEndpointKey('ed25519'));
  }

  /** The keys, ready to sign. @throws SealBroken when they were sealed under another SECRET_KEY */
  async signing(receiver: TwinId, organization: string): Promise<EndpointKey[]> {
    const rows = await this.database.query<Row>(KEYS_SQL, [receiver, organization]);
    return rows.map(({ name, kind, sealedSecret }) => readEndpointKey(kind, this.secrets.open(purposeOf(receiver, name), sealedSecret)));
  }

  private async insert(
    tx: Transaction,
    receiver: TwinId,
    organization: string,
    name: string,
    kind: KeyKind,
    { secret, publicKey }: ReturnType<typeof newEndpointKey>,
  ): Promise<Row> {
    const sealed = this.secrets.seal(purposeOf(receiver, name), secret);
    const [row] = await tx.query<Row>(ADD_KEY_SQL, [receiver, name, organization, kind, sealed, publicKey ?? null]);
    if (row === undefined) throw new DomainError('already-exists', `There is a key ${name}.`);
    return row;
  }

  private changed(tx: Transaction, principal: Principal, receiver: TwinId, action: string, detail: Record<string, unknown>): void {
    this.audit.record(tx, { principal, action, subject: receiver, detail });
    tx.record({ kind: 'delivery.changed', subject: receiver, data: {} });
  }
}

function purposeOf(receiver: TwinId, name: string): string {
  return `delivery-key:${receiver} ${name}`;
}

function shown({ name, kind, publicKey, createdAt }: Row): DeliveryKey {
  return { name, kind, publicKey, createdAt };
}
