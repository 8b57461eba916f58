/**
 * Documents of the OpenAPI examples, one per format. Each can be imported as it is, again and again. Their things are made up.
 */
export const THING_EXAMPLE = {
  '@context': ['https://www.w3.org/2022/wot/td/v1.1', { saref: 'https://saref.etsi.org/core/' }],
  '@type': 'saref:Sensor',
  id: 'urn:example:thing:tunnel-fan',
  title: 'Tunnel ventilation',
  description: 'Fans of the road tunnel under the hill.',
  securityDefinitions: { bearer: { scheme: 'bearer' } },
  security: 'bearer',
  base: 'https://tunnel.example.org/things/fan/',
  properties: {
    airTemperature: { type: 'number', unit: 'degree celsius', readOnly: true, forms: [{ href: 'temperature' }] },
    fanSpeed: { type: 'integer', minimum: 0, maximum: 3, forms: [{ href: 'speed' }] },
  },
  actions: {
    setFanSpeed: { input: { type: 'object', properties: { level: { type: 'integer' } }, required: ['level'] }, forms: [{ href: 'set' }] },
  },
  events: { smoke: { data: { type: 'object', properties: { zone: { type: 'string' } } }, forms: [{ href: 'smoke', subprotocol: 'sse' }] } },
};

const DTDL_EXAMPLE = {
  '@context': ['dtmi:dtdl:context;3', 'dtmi:dtdl:extension:quantitativeTypes;1'],
  '@id': 'dtmi:org:example:ParkingGarage;1',
  '@type': 'Interface',
  displayName: { en: 'Parking garage' },
  contents: [
    { '@type': 'Telemetry', name: 'freePlaces', schema: 'integer' },
    { '@type': ['Property', 'Length'], name: 'clearance', schema: 'double', unit: 'metre' },
    { '@type': 'Command', name: 'closeEntrance', request: { name: 'minutes', schema: 'integer' } },
    { '@type': 'Relationship', name: 'street', maxMultiplicity: 1 },
  ],
};

const ENTITY_EXAMPLE = {
  '@context': [
    'https://raw.githubusercontent.com/smart-data-models/dataModel.Environment/master/context.jsonld',
    'https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld',
  ],
  id: 'urn:ngsi-ld:AirQualityObserved:example:1',
  type: 'AirQualityObserved',
  location: { type: 'GeoProperty', value: { type: 'Point', coordinates: [-0.1257, 51.5085] } },
  temperature: { type: 'Property', value: 12.2, unitCode: 'CEL', observedAt: '2026-01-01T12:00:00Z' },
  no2: { type: 'Property', value: 41, unitCode: 'GQ' },
  refDevice: { type: 'Relationship', object: 'urn:ngsi-ld:Device:example:1' },
};

const REGISTRATION_EXAMPLE = {
  id: 'urn:ngsi-ld:ContextSourceRegistration:example:1',
  type: 'ContextSourceRegistration',
  registrationName: 'Weather stations',
  endpoint: 'https://weather.example.org/ngsi-ld',
  information: [{ entities: [{ type: 'WeatherObserved' }], propertyNames: ['temperature', 'windSpeed'], relationshipNames: ['refDevice'] }],
  mode: 'inclusive',
};

const SHELL_EXAMPLE = {
  id: 'https://elevators.example.org/aas/7',
  idShort: 'Elevator7',
  assetKind: 'Instance',
  globalAssetId: 'https://elevators.example.org/assets/7',
  specificAssetIds: [{ name: 'serialNumber', value: 'E-7-2031' }],
  endpoints: [
    { interface: 'AAS-3.0', protocolInformation: { href: 'https://elevators.example.org/api/v3/shells/7', endpointProtocol: 'HTTP' } },
  ],
  submodelDescriptors: [
    {
      id: 'https://elevators.example.org/submodels/7/nameplate',
      idShort: 'Nameplate',
      semanticId: {
        type: 'ExternalReference',
        keys: [{ type: 'GlobalReference', value: 'https://admin-shell.io/idta/nameplate/3/0/Nameplate' }],
      },
      endpoints: [
        {
          interface: 'SUBMODEL-3.0',
          protocolInformation: { href: 'https://elevators.example.org/api/v3/submodels/nameplate', endpointProtocol: 'HTTP' },
        },
      ],
    },
  ],
};

export const IMPORT_EXAMPLES = {
  thing: { summary: 'A W3C Thing Description', value: THING_EXAMPLE },
  dtdl: { summary: 'A DTDL interface', value: DTDL_EXAMPLE },
  entity: { summary: 'An NGSI-LD entity', value: ENTITY_EXAMPLE },
  registration: { summary: 'An NGSI-LD context source registration', value: REGISTRATION_EXAMPLE },
  shell: { summary: 'An AAS shell descriptor', value: SHELL_EXAMPLE },
  several: { summary: 'Several at once', value: [ENTITY_EXAMPLE, SHELL_EXAMPLE] },
};
