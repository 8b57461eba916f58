// The broker in this process, and one sender with two receivers: one takes its feature as it is, the other in its own form.
import { randomUUID } from 'node:crypto';
import { drain, twinPath } from '../../exchange/broker/network.mjs';
import { must, organizationToken, startBroker } from '../../exchange/broker/running-broker.mjs';
import { consumeInbox, servicesOf } from '../../exchange/broker/services.mjs';
import { endToEnd } from '../../exchange/load/loads.mjs';
import { SENT, valueText, WANTED } from '../load/ten-properties.mjs';

const FEDERATION = 'urn:bench:federation:forms';
const SENDER = 'urn:bench:sender';
const RECEIVERS = { plain: 'urn:bench:plain', adapted: 'urn:bench:adapted' };
const FEATURE = 'flow';
const CONSUMERS = 2;
const MOST = 1_000;

/** @param {{ dist: string, url: string, place: string, settings?: object }} options */
export async function open(options) {
  const broker = await startBroker(options);
  const token = await organizationToken(broker.url);
  const ask = (method, path, body) => must(broker.url, token, method, path, body);
  const federation = `/v1/federations/${encodeURIComponent(FEDERATION)}`;
  const register = (id, more) => ask('PUT', twinPath(id), { name: id, domain: 'traffic', access: 'private', ...more });
  await register(SENDER, { features: [{ kind: 'data', name: FEATURE, version: '1.0.0', schema: SENT }] });
  await register(RECEIVERS.plain, {});
  await register(RECEIVERS.adapted, { needs: [{ kind: 'data', name: FEATURE, schema: WANTED }] });
  await ask('PUT', federation, { purpose: 'bench', initiator: SENDER });
  for (const [way, receiver] of Object.entries(RECEIVERS)) {
    await ask('POST', `${federation}/invitations`, { twin: receiver });
    await ask('POST', `${federation}/members`, { twin: receiver });
    const connection = `/v1/connections/${encodeURIComponent(`urn:bench:connection:${way}`)}`;
    await ask('PUT', connection, {
      federationId: FEDERATION,
      requester: receiver,
      responder: SENDER,
      features: [{ twin: SENDER, name: FEATURE }],
    });
    await ask('POST', `${connection}/accept`);
  }
  const services = await servicesOf(broker, token);

  const textOf = (receiver, messageId, n) =>
    `{"header":{"messageId":"${messageId}","timestamp":"${new Date().toISOString()}","version":"1.0","messageType":"NOTIFICATION","sender":{"id":"${SENDER}","role":"DT"},` +
    `"receiver":{"id":"${receiver}","role":"DT"}},"data":{"action":"PROVIDE","object":{"type":"data","id":"${FEATURE}"},"payload":${valueText(n)}}}`;

  /** What a receiver gets of one message. */
  const sample = async (way) => {
    await drain(broker.url, token, RECEIVERS[way]);
    await services.accept(textOf(RECEIVERS[way], randomUUID(), 1));
    const claim = await ask('POST', `${twinPath(RECEIVERS[way])}/inbox/claims`, { max: 1 });
    await ask('POST', `${twinPath(RECEIVERS[way])}/inbox/acks`, { leaseToken: claim.leaseToken });
    return claim.deliveries[0].message.data.payload;
  };

  const queueTo = (receiver) => {
    const run = randomUUID();
    const isOurs = ({ candidate }) => candidate.messageId.startsWith(run);
    return {
      send: (n) => services.accept(textOf(receiver, `${run}-${n}`, n)),
      consume: async (handled, acked) =>
        consumeInbox(services, receiver, {
          max: MOST,
          consumers: CONSUMERS,
          claimed: (deliveries) => {
            for (const each of deliveries) if (isOurs(each)) handled(Number(each.candidate.messageId.slice(run.length + 1)));
          },
          settled: (deliveries) => acked(deliveries.filter(isOurs).length),
        }),
    };
  };

  return {
    sample,
    endToEnd: ({ way, ...terms }) => endToEnd(queueTo(RECEIVERS[way]), terms),
    close: () => broker.stop(),
  };
}
