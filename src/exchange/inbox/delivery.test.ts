import { KIND_NUMBERS, TRAITS } from '../log/log-row.js';
import { deliveryText, type SourcedRow } from './delivery.js';

const ROW = {
  kind: KIND_NUMBERS.NOTIFICATION,
  requestSegment: null,
  traits: 0,
  source: 'normal',
  key: 'urn:x:a',
  position: '7',
  acceptedAt: new Date('2026-01-01T00:00:00.000Z'),
  expiresAt: new Date('2026-01-02T00:00:00.000Z'),
  envelope: '{"header":{},"data":{"action":"PROVIDE"}}',
  payload: '{"n":1}',
} as SourcedRow;

describe('deliveryText', () => {
  it('is JSON with the message as it was sent', () => {
    expect(JSON.parse(deliveryText(ROW, { attempt: 1, redelivered: false }))).toEqual({
      id: Buffer.from('normal 7').toString('base64url'),
      acceptedAt: '2026-01-01T00:00:00.000Z',
      expiresAt: '2026-01-02T00:00:00.000Z',
      attempt: 1,
      redelivered: false,
      replayed: false,
      message: { header: {}, data: { action: 'PROVIDE', payload: { n: 1 } } },
    });
  });

  it('says what there is to say, and nothing else', () => {
    expect(Object.keys(JSON.parse(deliveryText(ROW, {})) as object)).toEqual(['id', 'acceptedAt', 'expiresAt', 'replayed', 'message']);
    const asked = { ...ROW, kind: KIND_NUMBERS.REQUEST, requestSegment: 3, lastValue: true, traits: TRAITS.replayed } as SourcedRow;
    expect(JSON.parse(deliveryText(asked, { subscriptionId: 's"1', status: 'LEASED' }))).toMatchObject({
      answerBy: '2026-01-02T00:00:00.000Z',
      lastValue: true,
      subscriptionId: 's"1',
      status: 'LEASED',
      replayed: true,
    });
  });
});
