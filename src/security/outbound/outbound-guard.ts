/**
 * Where the broker may connect on a caller's word: the public internet, and what OUTBOUND_ALLOW names; never to itself, its neighbours or the cloud's
 * metadata unless told so. The name is resolved once, the address is checked, and the connection goes to that very address, so that a name
 * which resolves differently the second time gains nothing.
 */
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Config } from '../../config/config.js';
import { isPublicAddress, readRange } from './public-address.js';

/** An address that may be connected to. */
export interface AllowedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Why no connection is made. `unresolved`: the name has no address; `not-allowed`: none of its addresses may be connected to. */
export class OutboundRefused extends Error {
  constructor(readonly reason: 'unresolved' | 'not-allowed') {
    super(reason);
    this.name = 'OutboundRefused';
  }
}

const RESOLVE_MS = 3_000;

/** Decides where the broker connects. */
@Injectable()
export class OutboundGuard {
  private readonly allowed = new BlockList();

  constructor(config: Config) {
    for (const text of config.outboundAllow) {
      const range = readRange(text);
      if (range !== undefined) this.allowed.addSubnet(range.net, range.prefix, range.family);
    }
  }

  /**
   * The first permitted address of a host: a name, or an address as it stands in a URL.
   * @throws OutboundRefused
   */
  async resolve(host: string): Promise<AllowedAddress> {
    const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
    const found = isIP(bare) === 0 ? await this.lookUp(bare) : [{ address: bare, family: isIP(bare) }];
    if (found.length === 0) throw new OutboundRefused('unresolved');
    const permitted = found.find(({ address }) => this.permits(address));
    if (permitted === undefined) throw new OutboundRefused('not-allowed');
    return { address: permitted.address, family: permitted.family === 6 ? 6 : 4 };
  }

  /** Whether the broker may connect to the address. */
  permits(address: string): boolean {
    const version = isIP(address);
    if (version === 0) return false;
    return this.allowed.check(address, version === 6 ? 'ipv6' : 'ipv4') || isPublicAddress(address);
  }

  /** Every address of a name, asked anew each time; none when there is no answer. */
  protected async lookUp(name: string): Promise<{ address: string; family: number }[]> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<[]>((resolve) => {
      timer = setTimeout(() => resolve([]), RESOLVE_MS);
    });
    try {
      return await Promise.race([lookup(name, { all: true }).catch(() => []), late]);
    } finally {
      clearTimeout(timer);
    }
  }
}
