import { parseTwinId } from '../kernel/ids.js';
import { Adaptor } from './adaptor.js';

const fire = parseTwinId('urn:example:twin:fire');
const traffic = parseTwinId('urn:example:twin:traffic');
const requester = { twin: fire, features: [{ kind: 'data' as const, name: 'incidents', version: '1.0.0' }] };
const responder = {
  twin: traffic,
  features: [
    { kind: 'data' as const, name: 'trafficFlow', version: '1.2.0' },
    { kind: 'function' as const, name: 'closeRoad', version: '2.0.0' },
  ],
};

describe('Adaptor', () => {
  it('plans the identity: no flows, and each feature with the side that uses it', async () => {
    const plan = await new Adaptor().plan(requester, responder, [
      { twin: traffic, name: 'closeRoad' },
      { twin: fire, name: 'incidents' },
    ]);
    expect(plan).toEqual({
      version: 1,
      features: [
        { twin: traffic, peer: fire, kind: 'function', name: 'closeRoad', version: '2.0.0' },
        { twin: fire, peer: traffic, kind: 'data', name: 'incidents', version: '1.0.0' },
      ],
    });
  });

  it.each([
    [traffic, 'incidents'],
    [parseTwinId('urn:example:twin:water'), 'trafficFlow'],
  ])('refuses a feature that its side does not offer: %s %s', async (twin, name) => {
    await expect(new Adaptor().plan(requester, responder, [{ twin, name }])).rejects.toMatchObject({ code: 'adaptation-unsupported' });
  });
});
