/**
 * The ids of the OpenAPI examples. Every operation's first example works as it is, in the order of the document, again and again:
 * `fire-response` and `fire-traffic` stay; the temporary ones are created, used up and created anew.
 */
export const FIRE_TWIN_ID = 'urn:example:twin:fire';
export const TRAFFIC_TWIN_ID = 'urn:example:twin:traffic';
export const FEDERATION_ID = 'urn:example:federation:fire-response';
export const TEMPORARY_FEDERATION_ID = 'urn:example:federation:temporary';
export const CONNECTION_ID = 'urn:example:connection:fire-traffic';
export const TEMPORARY_CONNECTION_ID = 'urn:example:connection:temporary';

export const FEDERATION_EXAMPLE = {
  name: 'Fire response',
  purpose: 'Clear the way for fire engines',
  initiator: FIRE_TWIN_ID,
  access: 'listed',
};

export const TEMPORARY_FEDERATION_EXAMPLE = {
  id: TEMPORARY_FEDERATION_ID,
  name: 'Drill',
  purpose: 'Rehearse a road closure',
  initiator: FIRE_TWIN_ID,
  access: 'private',
  invitations: [{ twin: TRAFFIC_TWIN_ID }],
};

export const CONNECTION_FEATURES_EXAMPLE = [
  { twin: TRAFFIC_TWIN_ID, name: 'trafficFlow' },
  { twin: TRAFFIC_TWIN_ID, name: 'closeRoad' },
];

export const CONNECTION_EXAMPLE = {
  federationId: FEDERATION_ID,
  requester: FIRE_TWIN_ID,
  responder: TRAFFIC_TWIN_ID,
  features: CONNECTION_FEATURES_EXAMPLE,
};

export const TEMPORARY_CONNECTION_EXAMPLE = {
  id: TEMPORARY_CONNECTION_ID,
  ...CONNECTION_EXAMPLE,
  features: [{ twin: TRAFFIC_TWIN_ID, name: 'trafficFlow' }],
  expiresInSeconds: 3600,
};
