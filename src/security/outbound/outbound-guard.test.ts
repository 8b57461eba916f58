import { Config } from '../../config/config.js';
import { OutboundGuard } from './outbound-guard.js';
import { isPublicAddress, readRange } from './public-address.js';

const guard = (...outboundAllow: string[]): OutboundGuard => new OutboundGuard(Object.assign(new Config(), { outboundAllow }));

describe('a public address', () => {
  it.each(['1.1.1.1', '8.8.8.8', '172.32.0.1', '192.169.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450:4001::1'])(
    'is %s',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  it.each([
    ...['127.0.0.1', '127.9.9.9', '0.0.0.0', '10.1.2.3', '172.16.0.1', '172.31.255.255', '192.168.1.1', '169.254.169.254', '100.64.0.1'],
    ...['224.0.0.1', '255.255.255.255', '198.18.0.1', '203.0.113.9', '::1', '::', 'fe80::1', 'fd00::1', 'ff02::1', '::ffff:127.0.0.1'],
    ...['::ffff:8.8.8.8', '64:ff9b::a00:1', '2002:7f00:1::', '2001:db8::1', '2001::1', 'fe80::1%eth0', 'localhost', '', '127.1', '0x7f.1'],
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

describe('the outbound guard', () => {
  it.each(['127.0.0.1', '[::1]', 'localhost', '169.254.169.254'])('refuses %s', async (host) => {
    await expect(guard().resolve(host)).rejects.toMatchObject({ reason: 'not-allowed' });
  });

  it('allows what the configuration names, and gives the address to connect to', async () => {
    expect(await guard('127.0.0.0/8').resolve('127.0.0.1')).toEqual({ address: '127.0.0.1', family: 4 });
    expect(await guard('::1').resolve('[::1]')).toEqual({ address: '::1', family: 6 });
    await expect(guard('127.0.0.1').resolve('127.0.0.2')).rejects.toMatchObject({ reason: 'not-allowed' });
  });

  it('says when a name has no address', async () => {
    await expect(guard().resolve('no-such-name.invalid')).rejects.toMatchObject({ reason: 'unresolved' });
  });
});

describe('a range', () => {
  it.each(['10.0.0.0/8', '10.0.0.1', 'fd00::/8', '::1'])('is %s', (text) => {
    expect(readRange(text)).toBeDefined();
  });

  it.each(['', 'localhost', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0', 'fd00::/129', '10.0.0.0/-1'])('is not %j', (text) => {
    expect(readRange(text)).toBeUndefined();
  });
});
