// What the load works on: organizations, a twin for each client in one federation, and each connected with the next.
import { Caller, fetchToken } from './traffic.mjs';

const ORGANIZATIONS = 4;

export const pathOf = (kind, id) => `/v1/${kind}/${encodeURIComponent(id)}`;

/** A twin's profile with a data feature and a function. */
export function profile(name, extra = {}) {
  return {
    name,
    domain: 'soak',
    access: 'listed',
    labels: { run: name },
    coverage: { area: { type: 'Point', coordinates: [-0.1 - (name.length % 10) / 100, 51.5] } },
    features: [
      { kind: 'data', name: 'flow', version: '1.0.0', schema: { type: 'object', required: ['n'], properties: { n: { type: 'number' } } } },
      {
        kind: 'function',
        name: 'act',
        version: '1.0.0',
        input: { type: 'object', properties: { n: { type: 'number' } } },
        output: { type: 'object', required: ['done'], properties: { done: { type: 'boolean' } } },
      },
    ],
    ...extra,
  };
}

/** Builds the city; gives what each client needs: its caller, its twin, its neighbour. */
export async function buildCity(broker, book, clientCount) {
  const operator = new Caller(broker.url, book);
  operator.token = await fetchToken(operator, broker.operator);
  const organizations = [];
  for (let index = 0; index < Math.min(ORGANIZATIONS, clientCount); index += 1) {
    const { id, credential } = await operator.must('POST', '/v1/organizations', { id: `soak-${index}`, name: `Organization ${index}` });
    organizations.push({ id, credential, caller: new Caller(broker.url, book) });
    organizations[index].caller.token = await fetchToken(operator, credential);
  }
  const federation = 'urn:soak:federation';
  const clients = Array.from({ length: clientCount }, (_, index) => {
    const organization = organizations[index % organizations.length];
    const caller = new Caller(broker.url, book, organization.caller.token);
    return {
      index,
      organization: organization.id,
      credential: organization.credential,
      caller,
      operator,
      federation,
      twin: `urn:soak:twin:${index}`,
      turn: 0,
    };
  });
  for (const { caller, twin } of clients) await caller.must('PUT', pathOf('twins', twin), profile(twin));
  const [hub] = clients;
  await hub.caller.must('PUT', pathOf('federations', federation), { purpose: 'soak', initiator: hub.twin, access: 'listed' });
  for (const { caller, twin } of clients.slice(1)) {
    await hub.caller.must('POST', `${pathOf('federations', federation)}/invitations`, { twin });
    await caller.must('POST', `${pathOf('federations', federation)}/members`, { twin });
  }
  for (const client of clients) {
    const neighbour = clients[(client.index + 1) % clientCount];
    client.neighbour = neighbour.twin;
    const connection = pathOf('connections', `urn:soak:connection:${client.index}`);
    const features = [
      { twin: client.twin, name: 'flow' },
      { twin: neighbour.twin, name: 'flow' },
      { twin: neighbour.twin, name: 'act' },
    ];
    await client.caller.must('PUT', connection, { federationId: federation, requester: client.twin, responder: neighbour.twin, features });
    await neighbour.caller.must('POST', `${connection}/accept`);
  }
  return clients;
}
