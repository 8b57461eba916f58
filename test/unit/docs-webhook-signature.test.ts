import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { newEndpointKey, readEndpointKey } from '../../src/adaptor/protocol/endpoint-key.js';
import { signatureHeaders } from '../../src/adaptor/protocol/webhook/webhook-signature.js';

const page = readFileSync(new URL('../../docs/exchange.md', import.meta.url), 'utf8');
const example = /^```js\n(import \{ createHmac.*?)^```$/ms.exec(page)?.[1] ?? '';

type Check = [headers: Record<string, string>, body: string, keys: { secret?: string; publicKey?: string }];

/** What the function of the page says of each, in a process of its own. */
async function genuine(checks: readonly Check[]): Promise<unknown> {
  const program = `${example}\nconsole.log(JSON.stringify(${JSON.stringify(checks)}.map((check) => isGenuine(...check))));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  return JSON.parse(stdout);
}

describe('the example in docs/exchange.md that checks signatures', () => {
  it('takes what the broker signed with either key, and nothing that was changed, is old, or was signed by another', async () => {
    const [shared, pair, other] = [newEndpointKey('hmac-sha256'), newEndpointKey('ed25519'), newEndpointKey('hmac-sha256')];
    const keys = [readEndpointKey('hmac-sha256', shared.secret), readEndpointKey('ed25519', pair.secret)];
    const now = Math.floor(Date.now() / 1_000);
    const body = '{"a": "ü"}';
    const signed = signatureHeaders('d-1', now, Buffer.from(body), keys);
    const old = signatureHeaders('d-1', now - 301, Buffer.from(body), keys);
    const [bySecret, byPair] = [{ secret: shared.secret }, { publicKey: pair.publicKey ?? '' }];
    expect(example).toContain('export function isGenuine');
    expect(
      await genuine([
        [signed, body, bySecret],
        [signed, body, byPair],
        [signed, body, { ...byPair, secret: other.secret }],
        [signed, `${body} `, { ...bySecret, ...byPair }],
        [{ ...signed, 'webhook-id': 'd-2' }, body, { ...bySecret, ...byPair }],
        [signed, body, { secret: other.secret }],
        [old, body, { ...bySecret, ...byPair }],
        [signed, body, {}],
        [{}, body, bySecret],
      ]),
    ).toEqual([true, true, true, false, false, false, false, false, false]);
  });
});
