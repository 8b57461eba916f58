import { Writable } from 'node:stream';
import { Logger } from '@nestjs/common';
import { pino } from 'pino';
import { Config } from '../config/config.js';
import { createLogger } from './logger.js';
import { NestLogBridge } from './nest-log-bridge.js';
import { prettyLine } from './pretty-log.js';
import { requestId } from './request-log.js';

type Line = Record<string, unknown>;

function bridge(level = 'trace'): { nest: Logger; lines: Line[] } {
  const lines: Line[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(JSON.parse(chunk.toString()) as Line);
      done();
    },
  });
  const logger = pino({ level, base: undefined, messageKey: 'message', timestamp: false }, stream);
  const target = new NestLogBridge(logger);
  // As `new Logger('Inbox')` does it, without replacing the logger of the whole program.
  const nest = new Proxy(new Logger(), {
    get:
      (_, method: keyof NestLogBridge) =>
      (message: unknown, ...rest: unknown[]) => {
        target[method](message, ...rest, 'Inbox');
      },
  });
  return { nest, lines };
}

describe('Nest’s log through pino', () => {
  it('keeps text, context and level', () => {
    const { nest, lines } = bridge();
    nest.log('started');
    nest.verbose('detail');
    expect(lines).toEqual([
      { level: 30, context: 'Inbox', message: 'started' },
      { level: 10, context: 'Inbox', message: 'detail' },
    ]);
  });

  it('takes fields before the text, as pino does', () => {
    const { nest, lines } = bridge();
    nest.warn({ task: 'sweep' }, 'failed');
    expect(lines).toEqual([{ level: 40, context: 'Inbox', task: 'sweep', message: 'failed' }]);
  });

  it('shows the stack of an error, however it is given', () => {
    const { nest, lines } = bridge();
    nest.error(new Error('broken'));
    nest.error('it broke', 'Error: broken\n    at somewhere');
    expect(lines).toMatchObject([
      { message: 'broken', err: { message: 'broken' } },
      { message: 'it broke', err: { stack: expect.stringContaining('somewhere') as string } },
    ]);
  });

  it('writes nothing below its level', () => {
    const { nest, lines } = bridge('warn');
    nest.log('chatter');
    expect(lines).toEqual([]);
  });
});

describe('the program’s logger', () => {
  it('hides what stands under names of secrets', () => {
    const written: string[] = [];
    const config = Object.assign(new Config(), { logFormat: 'json', logLevel: 'info' });
    const logger = createLogger(config, { write: (text) => void written.push(text) });
    logger.info({ client_secret: 'hush', req: { headers: { authorization: 'Bearer hush' } } }, 'asked');
    expect(written.join('')).not.toContain('hush');
    expect(JSON.parse(written.join(''))).toMatchObject({ level: 'info', message: 'asked', client_secret: '[secret]' });
  });

  it('renders lines for people', () => {
    const line = JSON.stringify({
      level: 'warn',
      time: '2026-01-02T03:04:05.678Z',
      context: 'Inbox',
      message: 'slow',
      ms: 12,
      path: '/v1',
    });
    expect(prettyLine(line, false)).toBe('03:04:05.678 WARN  [Inbox] slow ms=12 path=/v1\n');
    expect(prettyLine('no json\n', false)).toBe('no json\n');
  });
});

describe('the id of a request', () => {
  it.each(['case-42', 'a', '0af7651916cd43dd8448eb211c80319c', 'A.b:c_d-1'])('is the caller’s %s', (given) => {
    expect(requestId({ headers: { 'x-request-id': given } })).toBe(given);
  });

  it.each([undefined, '', 'a b', '-x', 'é', 'x'.repeat(65), '"><script>'])('is minted in place of %j', (given) => {
    expect(requestId({ headers: given === undefined ? {} : { 'x-request-id': given } })).toMatch(/^[0-9a-f-]{36}$/);
  });
});
