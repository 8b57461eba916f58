import { randomUUID } from 'node:crypto';
import type { Answer } from './http-client.js';

/** Who can ask: a running broker, in whose name. */
export type Api = <T>(method: string, path: string, body?: unknown) => Promise<Answer<T>>;

/** A receiver, and senders that are each connected with it for their feature `flow` (`{n: number}`). */
export interface TwinNetwork {
  receiver: string;
  senders: string[];
}

/** Path of a twin's own resources. */
export const twinPath = (id: string): string => `/v1/twins/${encodeURIComponent(id)}`;

/** Asks for something that has to succeed. */
export async function must<T>(api: Api, method: string, path: string, body?: unknown): Promise<T> {
  const answer = await api<T>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Registers twins, federates them and connects each sender with the receiver; the receiver's inbox is empty afterwards. */
export async function aTwinNetwork(api: Api, senderCount: number): Promise<TwinNetwork> {
  const run = randomUUID();
  const receiver = `urn:test:receiver:${run}`;
  const senders = Array.from({ length: senderCount }, (_, index) => `urn:test:sender:${index}:${run}`);
  const schema = { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } };
  for (const id of [receiver, ...senders]) {
    const features = [{ kind: 'data', name: 'flow', version: '1.0.0', schema }];
    await must(api, 'PUT', twinPath(id), { name: id, domain: 'traffic', access: 'private', features });
  }
  const federationId = `urn:test:federation:${run}`;
  const federation = `/v1/federations/${encodeURIComponent(federationId)}`;
  await must(api, 'PUT', federation, { purpose: 'test', initiator: receiver });
  for (const sender of senders) {
    await must(api, 'POST', `${federation}/invitations`, { twin: sender });
    await must(api, 'POST', `${federation}/members`, { twin: sender });
    const connection = `/v1/connections/${encodeURIComponent(`urn:test:connection:${sender}`)}`;
    const features = [{ twin: sender, name: 'flow' }];
    await must(api, 'PUT', connection, { federationId, requester: receiver, responder: sender, features });
    await must(api, 'POST', `${connection}/accept`);
  }
  await drain(api, receiver);
  return { receiver, senders };
}

/** Claims and settles whatever waits in an inbox. */
export async function drain(api: Api, twin: string): Promise<void> {
  for (;;) {
    const claim = await must<{ leaseToken?: string }>(api, 'POST', `${twinPath(twin)}/inbox/claims`, { max: 1000 });
    if (claim.leaseToken === undefined) return;
    await must(api, 'POST', `${twinPath(twin)}/inbox/acks`, { leaseToken: claim.leaseToken });
  }
}

/** The n-th message of a sender: a PROVIDE of its `flow`. Made once, it can be sent again as it is. */
export function flowMessage(sender: string, receiver: string, n: number): object {
  return {
    header: {
      messageId: `m-${n}`,
      timestamp: new Date().toISOString(),
      version: '1.0',
      messageType: 'NOTIFICATION',
      sender: { id: sender, role: 'DT' },
      receiver: { id: receiver, role: 'DT' },
    },
    data: { action: 'PROVIDE', object: { type: 'data', id: 'flow' }, payload: { n } },
  };
}
