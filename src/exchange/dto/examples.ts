import { EXAMPLE_MESSAGE_ID, EXAMPLE_TIMESTAMP } from '../../vocabulary/example-stamps.js';
import { FIRE_TWIN_ID, TRAFFIC_TWIN_ID } from './example-ids.js';

const party = (id: string): { id: string; role: string } => ({ id, role: 'DT' });

/** A value of the traffic twin's data feature. */
export const VALUE_EXAMPLE = { road: 'urn:example:road:A40', intensity: 1240, averageSpeed: 31.5 };

/** The fire twin asks the traffic twin to close a road. */
export const INVOKE_EXAMPLE = {
  header: {
    messageId: EXAMPLE_MESSAGE_ID,
    version: '1.0',
    messageType: 'REQUEST',
    sender: party(FIRE_TWIN_ID),
    receiver: party(TRAFFIC_TWIN_ID),
    timestamp: EXAMPLE_TIMESTAMP,
    ttlMs: 60_000,
  },
  data: { action: 'INVOKE', object: { type: 'function', id: 'closeRoad' }, payload: { road: 'urn:example:road:A40', minutes: 30 } },
};

/** A traffic twin publishes a value: no receiver, and no message id, so that it can be sent again and again. */
export const NOTIFY_EXAMPLE = {
  header: { version: '1.0', messageType: 'NOTIFICATION', sender: party(TRAFFIC_TWIN_ID) },
  data: { action: 'NOTIFY', object: { type: 'data', id: 'trafficFlow' }, payload: VALUE_EXAMPLE },
};

/** The traffic twin answers. */
export const RESPONSE_EXAMPLE = {
  header: {
    version: '1.0',
    messageType: 'RESPONSE',
    correlationId: EXAMPLE_MESSAGE_ID,
    sender: party(TRAFFIC_TWIN_ID),
    receiver: party(FIRE_TWIN_ID),
  },
  data: { action: 'INVOKE', object: { type: 'function', id: 'closeRoad' }, status: { code: 'OK' }, payload: { closed: true } },
};

/** The fire twin asks the registry who offers what it needs. */
export const DISCOVER_EXAMPLE = {
  header: {
    version: '1.0',
    messageType: 'REQUEST',
    sender: party(FIRE_TWIN_ID),
    receiver: { id: 'urn:twinfed:registry', role: 'REGISTRY' },
  },
  data: {
    action: 'DISCOVER',
    object: { type: 'digitalTwin' },
    payload: { domain: 'traffic', features: [{ kind: 'function', name: 'closeRoad' }] },
  },
};
