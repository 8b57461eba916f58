import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { NotificationAddress } from '../../adaptor/protocol/inbound-protocol.js';
import { Config } from '../../config/config.js';
import { Database } from '../../database/database.js';
import type { Transaction } from '../../database/unit-of-work.js';
import type { TwinId } from '../../kernel/ids.js';
import { SealBroken, SealedSecrets } from '../../security/sealed-secrets.js';
import type { StoredBinding } from './binding.js';
import {
  ADDRESS_OF_BINDING_SQL,
  FIND_ADDRESS_SQL,
  FORGET_ADDRESSES_SQL,
  MAKE_ADDRESS_SQL,
  NOTIFIED_OF_TWIN_SQL,
} from './notification-address.queries.js';
import type { Counted } from './notified-figures.js';

const ID_BYTES = 16;
const SECRET_BYTES = 32;

interface Row {
  readonly id: string;
  readonly sealedSecret: string;
}

/** An address as it is known to this city: of which binding, and with which secret. */
export interface KnownAddress {
  readonly id: string;
  readonly twin: TwinId;
  readonly binding: string;
  readonly secret: string;
}

/** Addresses at which sources bring documents by themselves: one per binding and source, the same in every broker. */
@Injectable()
export class NotificationAddresses {
  constructor(
    private readonly database: Database,
    private readonly secrets: SealedSecrets,
    private readonly config: Config,
  ) {}

  /** The address for a binding's source; undefined when the broker has no PUBLIC_URL. */
  async of({ twin, name, organization, protocol, settings }: StoredBinding): Promise<NotificationAddress | undefined> {
    const base = this.config.publicUrl?.replace(/\/+$/, '');
    if (base === undefined) return undefined;
    const fresh = randomBytes(ID_BYTES).toString('base64url');
    const sealed = this.secrets.seal(purposeOf(fresh), randomBytes(SECRET_BYTES).toString('base64url'));
    const source = JSON.stringify([organization, protocol, settings['url']]);
    await this.database.query(MAKE_ADDRESS_SQL, [twin, name, fresh, source, sealed]);
    const [row] = await this.database.query<Row>(ADDRESS_OF_BINDING_SQL, [twin, name]);
    // Removed meanwhile: so is the binding.
    if (row === undefined) return undefined;
    const { id, sealedSecret } = row;
    const secret = this.secrets.open(purposeOf(id), sealedSecret);
    const at = (named: string): string => `${base}/v1/bindings/${named}/notifications`;
    return { id, secret, url: at(id), secretUrl: at(`${id}.${secret}`) };
  }

  /** Whose address it is; undefined when there is no such address, or its secret was sealed under another SECRET_KEY. */
  async find(id: string): Promise<KnownAddress | undefined> {
    const [row] = await this.database.query<Row & Omit<KnownAddress, 'secret'>>(FIND_ADDRESS_SQL, [id]);
    if (row === undefined) return undefined;
    try {
      const { twin, binding, sealedSecret } = row;
      return { id, twin, binding, secret: this.secrets.open(purposeOf(id), sealedSecret) };
    } catch (error) {
      if (error instanceof SealBroken) return undefined;
      throw error;
    }
  }

  /** Forgets that of one binding, or all of a twin that were made before a moment. */
  async forget(tx: Transaction, twin: string, binding: string | undefined, before?: Date): Promise<void> {
    await tx.query(FORGET_ADDRESSES_SQL, [twin, binding ?? null, before ?? null]);
  }

  /** What was notified, by the names of the twin's bindings. */
  async counted(twin: TwinId): Promise<ReadonlyMap<string, Counted>> {
    const rows = await this.database.query<Counted & { binding: string }>(NOTIFIED_OF_TWIN_SQL, [twin]);
    return new Map(rows.map(({ binding, ...counted }) => [binding, counted]));
  }
}

function purposeOf(id: string): string {
  return `notification-address:${id}`;
}
