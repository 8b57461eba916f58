import { PassThrough, Readable } from 'node:stream';
import { LineSource } from './line-source.js';

/** Every line until the input is over; a line that is too long as '…'. */
async function linesOf(source: LineSource): Promise<string[]> {
  const lines: string[] = [];
  while (!source.ended) {
    const line = source.next();
    if (line) lines.push(line.bytes?.toString() ?? '…');
    else await source.changed();
  }
  return lines;
}

function inPieces(text: string, size: number): Readable {
  const bytes = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  return Readable.from(pieces, { objectMode: false });
}

describe('the lines of a stream', () => {
  const text = 'one\n\nzwölf €\r\nlast without a break';

  it.each([1, 2, 3, 5, 7, 1000])('are the same in pieces of %d bytes', async (size) => {
    expect(await linesOf(new LineSource(inPieces(text, size), 100))).toEqual(['one', '', 'zwölf €\r', 'last without a break']);
  });

  it.each([1, 4, 1000])('too long are passed over without being kept, in pieces of %d bytes', async (size) => {
    const long = 'x'.repeat(50);
    const lines = await linesOf(new LineSource(inPieces(`a\n${long}\nb\n${long}`, size), 10));
    expect(lines).toEqual(['a', '…', 'b', '…']);
  });

  it('of exactly the greatest length are kept', async () => {
    expect(await linesOf(new LineSource(inPieces('1234567890\n12345678901\n', 4), 10))).toEqual(['1234567890', '…']);
  });

  it('are none in an empty stream', async () => {
    expect(await linesOf(new LineSource(Readable.from([], { objectMode: false }), 10))).toEqual([]);
  });

  it('end where the stream breaks, without its unfinished line', async () => {
    const input = new PassThrough();
    const source = new LineSource(input, 100);
    input.write('whole\nunfini');
    await source.changed();
    expect(source.next()?.bytes?.toString()).toBe('whole');
    const waiting = source.changed();
    input.destroy(new Error('cut'));
    await waiting;
    expect(source.next()).toBeUndefined();
    expect({ broken: source.broken, ended: source.ended }).toEqual({ broken: true, ended: true });
  });

  it('are not read ahead of whoever pulls them', () => {
    const input = new PassThrough({ highWaterMark: 16 });
    const source = new LineSource(input, 100);
    expect(source.ended).toBe(false);
    const taken = Array.from({ length: 100 }, () => input.write('0123456789\n')).filter(Boolean);
    expect(taken.length).toBeLessThan(10);
  });
});
