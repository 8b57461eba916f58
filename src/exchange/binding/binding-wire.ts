import { createHash } from 'node:crypto';
import type { InboundBinding, NotificationAddress } from '../../adaptor/protocol/inbound-protocol.js';
import type { StoredBinding } from './binding.js';

/** Where the credentials of a binding are. */
export function wireOf(name: string): { readonly wire: string } {
  return { wire: `binding:${name}` };
}

/** A binding as protocols see it. Its id outlives changes of it, so that what a broker keeps for a session is found again. */
export function sessionBinding(
  binding: StoredBinding,
  credentials: Readonly<Record<string, string>>,
  notifications?: NotificationAddress,
): InboundBinding {
  const { twin, name, settings, sourcePosition } = binding;
  const id = `twinfed-${createHash('sha256').update(`${twin} ${name}`).digest('hex').slice(0, 24)}`;
  return {
    id,
    settings,
    credentials,
    ...(sourcePosition === null ? {} : { position: sourcePosition }),
    ...(notifications === undefined ? {} : { notifications }),
  };
}
