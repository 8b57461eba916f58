import { OPERATOR_SECRET } from '../machine/broker.mjs';
import { call, twinPath } from './client.mjs';

async function must(url, method, path, token, body, headers) {
  const answer = await call(url, method, path, { token, body, headers, timeoutMs: 20_000 });
  if (answer.status < 200 || answer.status >= 300)
    throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body ?? String(answer.error))}`);
  return answer.body;
}

/** A token by client credentials. */
export async function fetchToken(url, clientId, clientSecret) {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });
  const { access_token: token } = await must(url, 'POST', '/oauth/token', undefined, form.toString(), {
    'content-type': 'application/x-www-form-urlencoded',
  });
  return token;
}

const FLOW = {
  kind: 'data',
  name: 'flow',
  version: '1.0.0',
  schema: { type: 'object', required: ['n'], properties: { n: { type: 'integer' } } },
};
const ECHO = { kind: 'function', name: 'echo', version: '1.0.0', input: { type: 'object' }, output: { type: 'object' } };

/** Twins for the load: a receiver that senders provide their flow to, and a responder that requesters call. */
export class World {
  /** @returns {Promise<World>} a fresh organization with its twins, federated and connected */
  static async create(url, name, senders) {
    const world = new World();
    const operator = await fetchToken(url, 'operator', OPERATOR_SECRET);
    const made = await must(url, 'POST', '/v1/organizations', operator, { id: name, name });
    world.credential = made.credential;
    world.token = await fetchToken(url, made.credential.clientId, made.credential.clientSecret);
    world.receiver = `urn:faults:${name}:receiver`;
    world.responder = `urn:faults:${name}:responder`;
    world.requester = `urn:faults:${name}:requester`;
    world.senders = Array.from({ length: senders }, (_, n) => `urn:faults:${name}:sender:${n}`);
    const twins = [
      [world.receiver, [FLOW]],
      [world.responder, [ECHO]],
      [world.requester, [FLOW]],
      ...world.senders.map((sender) => [sender, [FLOW]]),
    ];
    for (const [id, features] of twins)
      await must(url, 'PUT', twinPath(id), world.token, { name: id, domain: 'traffic', access: 'private', features });
    const federationId = `urn:faults:${name}:federation`;
    const federation = `/v1/federations/${encodeURIComponent(federationId)}`;
    await must(url, 'PUT', federation, world.token, { purpose: 'faults', initiator: world.receiver });
    const others = [world.responder, world.requester, ...world.senders];
    for (const twin of others) {
      await must(url, 'POST', `${federation}/invitations`, world.token, { twin });
      await must(url, 'POST', `${federation}/members`, world.token, { twin });
    }
    const connect = async (requester, responder, features) => {
      const path = `/v1/connections/${encodeURIComponent(`urn:faults:${name}:${requester}:${responder}`)}`;
      await must(url, 'PUT', path, world.token, { federationId, requester, responder, features });
      await must(url, 'POST', `${path}/accept`, world.token);
    };
    for (const sender of world.senders) await connect(world.receiver, sender, [{ twin: sender, name: 'flow' }]);
    await connect(world.requester, world.responder, [{ twin: world.responder, name: 'echo' }]);
    for (const twin of [world.receiver, ...others]) await world.#drain(url, twin);
    return world;
  }

  async #drain(url, twin) {
    for (;;) {
      const claim = await must(url, 'POST', `${twinPath(twin)}/inbox/claims`, this.token, { max: 1000 });
      if (claim.leaseToken === undefined) return;
      await must(url, 'POST', `${twinPath(twin)}/inbox/acks`, this.token, { leaseToken: claim.leaseToken });
    }
  }
}

/** The n-th message of a sender, the same whenever it is made. */
export function flowMessage(world, sender, n, startedAt) {
  return {
    header: {
      messageId: `m-${n}`,
      timestamp: startedAt,
      version: '1.0',
      messageType: 'NOTIFICATION',
      sender: { id: sender, role: 'DT' },
      receiver: { id: world.receiver, role: 'DT' },
    },
    data: { action: 'PROVIDE', object: { type: 'data', id: 'flow' }, payload: { n } },
  };
}

/** A call of the responder's function. */
export function echoRequest(world, messageId, startedAt, ttlMs) {
  return {
    header: {
      messageId,
      timestamp: startedAt,
      version: '1.0',
      messageType: 'REQUEST',
      ttlMs,
      sender: { id: world.requester, role: 'DT' },
      receiver: { id: world.responder, role: 'DT' },
      orderingKey: messageId,
    },
    data: { action: 'INVOKE', object: { type: 'function', id: 'echo' }, payload: { messageId } },
  };
}

/** The responder's answer to a call. */
export function echoResponse(world, request) {
  const { messageId } = request.header;
  return {
    header: {
      messageId: `answer-${messageId}`,
      timestamp: request.header.timestamp,
      version: '1.0',
      messageType: 'RESPONSE',
      correlationId: messageId,
      sender: { id: world.responder, role: 'DT' },
      receiver: { id: world.requester, role: 'DT' },
    },
    data: { action: 'INVOKE', object: { type: 'function', id: 'echo' }, status: { code: 'OK' }, payload: request.data.payload },
  };
}
