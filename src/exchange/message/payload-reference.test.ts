import type { Envelope, PayloadReference } from '../../vocabulary/envelope.js';
import { checkPayloadReference, MAX_REFERENCED_BYTES } from './payload-reference.js';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const REFERENCE: PayloadReference = { uri: 'https://files.example.org/a', digest: `sha-256:${'0'.repeat(64)}`, size: 5 };

function envelope(changes: Partial<PayloadReference> = {}, type: Envelope['data']['object']['type'] = 'data'): Envelope {
  return {
    header: {
      messageId: 'm',
      version: '1.0',
      messageType: 'NOTIFICATION',
      sender: { id: 'urn:x:a', role: 'DT' },
      timestamp: '2026-01-01T00:00:00Z',
    },
    data: { action: 'NOTIFY', object: { type, id: 'flow' }, payloadRef: { ...REFERENCE, ...changes } },
  };
}

describe('a payload by reference', () => {
  it.each(['https://files.example.org/a', 'http://10.0.0.7:8080/b?c', 'urn:uuid:5f3b7c5e-0000-4000-8000-000000000000'])(
    'may lie at %s',
    (uri) => {
      expect(() => checkPayloadReference(envelope({ uri }), NOW)).not.toThrow();
    },
  );

  it.each([
    'file:///etc/passwd',
    'ftp://x/y',
    'javascript:alert(1)',
    'data:,x',
    '/relative',
    'https://',
    'https://x/a b',
    'https://x/\n',
    '',
  ])('may not lie at %j', (uri) => {
    expect(() => checkPayloadReference(envelope({ uri }), NOW)).toThrow(
      expect.objectContaining({ code: 'validation-failed', pointer: '/data/payloadRef/uri' }) as Error,
    );
  });

  it('is bounded in size', () => {
    expect(() => checkPayloadReference(envelope({ size: MAX_REFERENCED_BYTES }), NOW)).not.toThrow();
    expect(() => checkPayloadReference(envelope({ size: MAX_REFERENCED_BYTES + 1 }), NOW)).toThrow(
      expect.objectContaining({ code: 'payload-too-large' }) as Error,
    );
  });

  it('must still be there', () => {
    expect(() => checkPayloadReference(envelope({ expiresAt: '2026-01-01T12:00:00.001Z' }), NOW)).not.toThrow();
    expect(() => checkPayloadReference(envelope({ expiresAt: '2026-01-01T14:00:00+02:00' }), NOW)).toThrow(
      expect.objectContaining({ code: 'expired', pointer: '/data/payloadRef/expiresAt' }) as Error,
    );
  });

  it('is for features of twins only', () => {
    expect(() => checkPayloadReference(envelope({}, 'function'), NOW)).not.toThrow();
    expect(() => checkPayloadReference(envelope({}, 'digitalTwin'), NOW)).toThrow(
      expect.objectContaining({ code: 'validation-failed', pointer: '/data/payloadRef' }) as Error,
    );
  });
});
