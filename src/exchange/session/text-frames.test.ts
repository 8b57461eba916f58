import type { Writable } from 'node:stream';
import * as ws from 'ws';
import { TextFrames } from './text-frames.js';

/** How ws reads a connection; its types leave it out. */
const { Receiver } = ws as unknown as { Receiver: new (options: { isServer: boolean; allowSynchronousEvents: boolean }) => Writable };

/** What a client reads of these bytes. */
function textsIn(bytes: Buffer): Promise<string[]> {
  const found: string[] = [];
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  receiver.on('message', (data: Buffer, isBinary: boolean) => found.push(isBinary ? 'binary' : data.toString()));
  return new Promise((resolve, reject) => {
    receiver.once('error', reject);
    receiver.write(bytes, () => resolve(found));
  });
}

describe('text frames', () => {
  const lengths = [0, 1, 125, 126, 127, 20_000, 65_535, 65_536, 200_000];

  it.each(lengths)('hold a text of %d bytes, by itself and among others', async (length) => {
    const text = 'x'.repeat(length);
    const frames = TextFrames.startingWith(text);
    expect(frames.add(text)).toBe(true);
    const others = ['ä€😀', '{}'].filter((other) => frames.add(other));
    expect(await textsIn(Buffer.from(frames.written))).toEqual([text, ...others]);
    frames.release();
  });

  it('hold what has more bytes than characters', async () => {
    for (const text of ['é'.repeat(63), '€'.repeat(42), '😀'.repeat(20_000)]) {
      const frames = TextFrames.startingWith(text);
      expect(frames.add(text)).toBe(true);
      expect(await textsIn(Buffer.from(frames.written))).toEqual([text]);
    }
  });

  it('take no more than there is room for, and leave what is there as it was', async () => {
    const frames = TextFrames.startingWith('');
    const taken: string[] = [];
    for (let n = 0; frames.add(`${n} `.repeat(100)); n += 1) taken.push(`${n} `.repeat(100));
    expect(taken.length).toBeGreaterThan(50);
    expect(frames.add('y'.repeat(60_000))).toBe(false);
    expect(await textsIn(Buffer.from(frames.written))).toEqual(taken);
  });

  it('use memory again once it was given back', () => {
    const first = TextFrames.startingWith('a');
    const { buffer } = first.written;
    first.release();
    expect(TextFrames.startingWith('b').written.buffer).toBe(buffer);
  });
});
