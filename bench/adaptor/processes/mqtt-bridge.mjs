// The broker in this process, between two topics of an MQTT broker: it listens for one twin, adapts, stores, and delivers to another by MQTT.
import { twinPath } from '../../exchange/broker/network.mjs';
import { must, organizationToken, startBroker } from '../../exchange/broker/running-broker.mjs';
import { SENT, WANTED } from '../load/ten-properties.mjs';

const FEDERATION = 'urn:bench:federation:mqtt';
const SENDER = 'urn:bench:source';
const RECEIVER = 'urn:bench:sink';
const FEATURE = 'flow';

/** @param {{ dist: string, url: string, place: string, address: string, listenTo: string, deliverTo: string }} options */
export async function open({ address, listenTo, deliverTo, ...options }) {
  const broker = await startBroker({ ...options, settings: { outboundAllow: ['127.0.0.0/8'] } });
  const token = await organizationToken(broker.url);
  const ask = (method, path, body) => must(broker.url, token, method, path, body);
  const federation = `/v1/federations/${encodeURIComponent(FEDERATION)}`;
  const register = (id, more) => ask('PUT', twinPath(id), { name: id, domain: 'traffic', access: 'private', ...more });
  await register(SENDER, { features: [{ kind: 'data', name: FEATURE, version: '1.0.0', schema: SENT }] });
  await register(RECEIVER, { needs: [{ kind: 'data', name: FEATURE, schema: WANTED }] });
  await ask('PUT', federation, { purpose: 'bench', initiator: SENDER });
  await ask('POST', `${federation}/invitations`, { twin: RECEIVER });
  await ask('POST', `${federation}/members`, { twin: RECEIVER });
  const connection = `/v1/connections/${encodeURIComponent('urn:bench:connection:mqtt')}`;
  await ask('PUT', connection, {
    federationId: FEDERATION,
    requester: RECEIVER,
    responder: SENDER,
    features: [{ twin: SENDER, name: FEATURE }],
  });
  await ask('POST', `${connection}/accept`);
  await ask('PUT', `${twinPath(RECEIVER)}/subscriptions/bench`, { provider: SENDER, objectType: 'data', objectId: FEATURE });
  await ask('PUT', `${twinPath(RECEIVER)}/inbox/delivery`, {
    mode: 'mqtt',
    settings: { url: address, topic: deliverTo, content: 'payload' },
  });
  await ask('PUT', `${twinPath(SENDER)}/bindings/bench`, {
    protocol: 'mqtt',
    settings: { url: address, topics: [listenTo] },
    feature: FEATURE,
  });
  return {
    /** Where the feed stands. */
    feed: () => ask('GET', `${twinPath(SENDER)}/bindings/bench`),
    close: () => broker.stop(),
  };
}
