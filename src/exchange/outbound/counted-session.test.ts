import type { OutboundDelivery, OutboundSession, SendOutcome } from '../../adaptor/protocol/outbound-protocol.js';
import { CountedSession } from './counted-session.js';

const DELIVERY = { deliveryId: 'd' } as OutboundDelivery;
const FAILED: SendOutcome = { kind: 'retry', fault: 'endpoint', reason: 'it did not answer' };

describe('a session whose attempts are counted', () => {
  const over = (outcome: SendOutcome) => {
    const session: OutboundSession = {
      verify: () => Promise.resolve({ kind: 'agreed' }),
      send: () => Promise.resolve(outcome),
      close: () => Promise.resolve(),
    };
    const counted: SendOutcome[] = [];
    return { counted, session: new CountedSession(session, (each) => counted.push(each)) };
  };

  it('gives and counts what came of each attempt, and counts no handshake', async () => {
    const { session, counted } = over(FAILED);
    expect(await session.verify()).toEqual({ kind: 'agreed' });
    expect(await session.send(DELIVERY, new AbortController().signal)).toBe(FAILED);
    expect(counted).toEqual([FAILED]);
  });

  it('counts nothing that the broker itself gave up', async () => {
    const { session, counted } = over(FAILED);
    expect(await session.send(DELIVERY, AbortSignal.abort())).toBe(FAILED);
    expect(counted).toEqual([]);
  });
});
