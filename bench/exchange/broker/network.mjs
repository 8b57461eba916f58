import { SCHEMA } from '../load/payload.mjs';
import { must } from './running-broker.mjs';

/** Requests of the set-up under way at once. */
const AT_ONCE = 8;

export const twinPath = (id) => `/v1/twins/${encodeURIComponent(id)}`;

/** Runs the work for every item, some at once. */
export async function forEachOf(items, work, atOnce = AT_ONCE) {
  const rest = items.values();
  const next = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, next));
}

/** Registers a twin that provides `flow`, whose schema describes the payload of the benchmark. */
export function register(url, token, id) {
  const features = [{ kind: 'data', name: 'flow', version: '1.0.0', schema: SCHEMA }];
  return must(url, token, 'PUT', twinPath(id), { name: id, domain: 'traffic', access: 'private', features });
}

/** Claims and settles whatever waits in an inbox. */
export async function drain(url, token, twin) {
  for (;;) {
    const claim = await must(url, token, 'POST', `${twinPath(twin)}/inbox/claims`, { max: 1_000 });
    if (claim.leaseToken === undefined) return;
    await must(url, token, 'POST', `${twinPath(twin)}/inbox/acks`, { leaseToken: claim.leaseToken });
  }
}

/**
 * Twins in one federation, and connections over which one sends its `flow` to another. All inboxes are empty afterwards.
 * @param {readonly (readonly [string, string])[]} pairs sender and receiver of each connection
 */
export async function connectPairs(url, token, name, pairs) {
  const twins = [...new Set(pairs.flat())];
  await forEachOf(twins, (twin) => register(url, token, twin));
  const federationId = `urn:bench:federation:${name}`;
  const federation = `/v1/federations/${encodeURIComponent(federationId)}`;
  const [initiator, ...members] = twins;
  await must(url, token, 'PUT', federation, { purpose: 'bench', initiator });
  for (const twin of members) {
    await must(url, token, 'POST', `${federation}/invitations`, { twin });
    await must(url, token, 'POST', `${federation}/members`, { twin });
  }
  await forEachOf([...pairs.entries()], async ([index, [sender, receiver]]) => {
    const connection = `/v1/connections/${encodeURIComponent(`urn:bench:connection:${name}:${index}`)}`;
    const features = [{ twin: sender, name: 'flow' }];
    await must(url, token, 'PUT', connection, { federationId, requester: receiver, responder: sender, features });
    await must(url, token, 'POST', `${connection}/accept`);
  });
  await forEachOf(twins, (twin) => drain(url, token, twin));
}
