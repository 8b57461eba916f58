import { createReadStream, createWriteStream } from 'node:fs';
import { request } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { profileOf } from '../data-set/twins.mjs';

/** Writes the profiles from `from` to below `to` to a file, one a line; gives its size in bytes. */
export async function writeProfiles(path, from, to) {
  let bytes = 0;
  function* lines() {
    for (let start = from; start < to; start += 200) {
      let text = '';
      for (let index = start; index < Math.min(to, start + 200); index += 1) text += `${JSON.stringify(profileOf(index))}\n`;
      bytes += Buffer.byteLength(text);
      yield text;
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
  return bytes;
}

/**
 * Sends the file through the bulk endpoint while the answer is read.
 * @returns {Promise<{ seconds: number, created: number, refused: number }>} the time until the last line of the answer, and what it counts
 */
export async function sendBulk(broker, token, path, residentSamples = []) {
  const started = performance.now();
  const sampler = setInterval(() => residentSamples.push(broker.residentBytes), 250);
  try {
    const last = await new Promise((resolve, reject) => {
      const call = request(`${broker.url}/v1/twins/bulk`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/x-ndjson' },
      });
      call.once('error', reject);
      call.once('response', (answer) => {
        let tail = '';
        let refused = '';
        answer.setEncoding('utf8').on('data', (text) => {
          if (refused === '' && text.includes('"problem"')) refused = text.split('\n').find((line) => line.includes('"problem"')) ?? '';
          tail = (tail + text).slice(-100_000);
        });
        answer.once('error', reject);
        answer.once('end', () => {
          const line = tail.trimEnd().split('\n').at(-1) ?? '';
          if (answer.statusCode !== 200 || !line.includes('"complete":true'))
            reject(new Error(`The bulk was not taken: ${line.slice(0, 500)}`));
          else resolve({ ...JSON.parse(line), firstRefusal: refused });
        });
      });
      createReadStream(path, { highWaterMark: 262_144 }).pipe(call);
    });
    if (last.refused > 0) throw new Error(`Lines were refused: ${last.firstRefusal.slice(0, 800)}`);
    return { seconds: (performance.now() - started) / 1_000, ...last };
  } finally {
    clearInterval(sampler);
  }
}
