/**
 * The twins of the OpenAPI examples. Every operation's first example works as it is, in the order of the document, again and again: PUT and the batch
 * are idempotent, and DELETE takes away what POST brought.
 */
const FLOW_SCHEMA = {
  type: 'object',
  properties: {
    road: { type: 'string', minLength: 1 },
    intensity: { type: 'number', minimum: 0 },
    averageSpeed: { type: 'number', minimum: 0 },
  },
  required: ['road', 'intensity'],
};

export const TRAFFIC_TWIN = {
  id: 'urn:example:twin:traffic',
  name: 'Traffic twin',
  description: 'Traffic of the A40 through the inner boroughs: counts, speeds and closures.',
  domain: 'traffic',
  objectOfInterest: ['urn:example:road:A40'],
  coverage: {
    area: { type: 'Polygon', coordinates: [[[-0.2, 51.5], [-0.1, 51.5], [-0.1, 51.55], [-0.2, 51.55], [-0.2, 51.5]]] }, // prettier-ignore
    validFrom: '2026-01-01T00:00:00Z',
    validTo: null,
  },
  synchronization: { direction: 'physical-to-twin', periodMs: 1000, desiredAgeMs: 5000 },
  endpoints: [{ protocol: 'http', url: 'https://traffic.example.org/things/a40', format: 'json' }],
  labels: { borough: 'Camden' },
  access: 'listed',
  accessTerms: {
    license: 'https://creativecommons.org/licenses/by/4.0/',
    attribution: 'City of London, Traffic Operations',
    purposes: ['traffic-management', 'research'],
    contact: 'mailto:traffic@example.org',
  },
  lease: { ttlSeconds: 86_400 },
  features: [
    {
      kind: 'data',
      name: 'trafficFlow',
      version: '1.0.0',
      semanticType: 'https://smartdatamodels.org/dataModel.Transportation/intensity',
      description: 'Vehicles per hour on each counted road segment.',
      unit: '{vehicles}/h',
      schema: FLOW_SCHEMA,
    },
    {
      kind: 'function',
      name: 'closeRoad',
      version: '1.0.0',
      description: 'Closes a road for a while.',
      input: {
        type: 'object',
        properties: { road: { type: 'string', minLength: 1 }, minutes: { type: 'integer', minimum: 1, maximum: 1440 } },
        required: ['road'],
      },
      output: { type: 'object', properties: { closed: { type: 'boolean' } }, required: ['closed'] },
    },
  ],
  needs: [
    {
      kind: 'data',
      name: 'incident',
      semanticType: 'urn:twinfed:vocabulary:urban:incident',
      description: 'Incidents on the roads, as the control room reads them.',
      format: 'json',
      schema: {
        type: 'object',
        properties: { road: { type: 'string' }, severity: { type: 'integer' } },
        required: ['severity'],
      },
    },
  ],
};

export const FIRE_TWIN = {
  id: 'urn:example:twin:fire',
  name: 'Fire service twin',
  description: 'Engines and incidents of the fire service.',
  domain: 'firefighting',
  objectOfInterest: ['urn:example:station:euston'],
  coverage: { area: { type: 'Point', coordinates: [-0.1337, 51.5286] } },
  access: 'listed',
  lease: { ttlSeconds: 86_400 },
  features: [
    {
      kind: 'data',
      name: 'incident',
      version: '1.0.0',
      description: 'An incident as it is reported.',
      schema: {
        type: 'object',
        properties: { road: { type: 'string' }, severity: { type: 'integer', minimum: 1, maximum: 5 } },
        required: ['severity'],
      },
    },
  ],
};

export const TEMPORARY_TWIN = {
  id: 'urn:example:twin:temporary',
  name: 'Temporary twin',
  domain: 'air',
  access: 'private',
  features: [{ kind: 'data', name: 'no2', unit: 'ug/m3', schema: { type: 'number', minimum: 0 } }],
};
