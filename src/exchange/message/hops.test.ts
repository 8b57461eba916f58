import type { MessageHeader } from '../../vocabulary/envelope.js';
import { MAX_VIA, noteHop } from './hops.js';

const headerVia = (via?: string[]): MessageHeader => ({
  messageId: 'm',
  version: '1.0',
  messageType: 'NOTIFICATION',
  sender: { id: 'urn:x:a', role: 'DT' },
  timestamp: '2026-01-01T00:00:00Z',
  hopLimit: 3,
  ...(via === undefined ? {} : { via }),
});

describe('the way of a message through brokers', () => {
  it('notes the broker that takes a message, after those before it, and takes no hop off', () => {
    const first = headerVia();
    noteHop(first, 'urn:x:one');
    expect(first.via).toEqual(['urn:x:one']);
    noteHop(first, 'urn:x:two');
    expect(first.via).toEqual(['urn:x:one', 'urn:x:two']);
    expect(first.hopLimit).toBe(3);
  });

  it('refuses a message that has been here before', () => {
    expect(() => noteHop(headerVia(['urn:x:one', 'urn:x:two']), 'urn:x:one')).toThrow(
      expect.objectContaining({ code: 'loop-detected', pointer: '/header/via' }) as Error,
    );
  });

  it('refuses a message that has passed as many brokers as it may', () => {
    const via = Array.from({ length: MAX_VIA }, (_, n) => `urn:x:${n}`);
    expect(() => noteHop(headerVia(via), 'urn:x:here')).toThrow(expect.objectContaining({ code: 'hops-exceeded' }) as Error);
  });
});
