import { connect } from 'node:net';
import type { Answer } from './http-client.js';
import type { RunningBroker, TestOrganization } from './running-broker.js';

/** What a refusal says of itself, beyond its status. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  pointer?: string;
  errors?: { pointer: string; detail: string }[];
}

/**
 * Expects a refusal as every caller is to get it: this status, a problem document of this code, and the place (a JSON pointer) or the rule (an
 * expression that its detail matches) that was broken.
 */
export function expectRefusal(answer: Answer, status: number, code: string, place?: string | RegExp): void {
  expect({ status: answer.status, type: answer.headers.get('content-type'), body: answer.body }).toEqual({
    status,
    type: expect.stringMatching(/^application\/problem\+json/) as unknown,
    body: expect.objectContaining({ type: `urn:twinfed:problem:${code}`, status }) as unknown,
  });
  expectPlace(answer.body as Problem, place);
}

/** Expects the place or the rule in a problem document. */
export function expectPlace(problem: Problem, place?: string | RegExp): void {
  expect(problem.title).not.toBe('');
  expect(problem.detail).not.toBe('');
  if (typeof place === 'string') expect([problem.pointer, ...(problem.errors ?? []).map(({ pointer }) => pointer)]).toContain(place);
  if (place instanceof RegExp) expect(problem.detail).toMatch(place);
}

/** Writes bytes to a connection of its own and gives what comes back until the broker closes it, parsed as far as there is a head and a body. */
export async function sendRaw(broker: RunningBroker, head: string, body: string | Buffer = ''): Promise<Answer> {
  const { hostname, port } = new URL(broker.url);
  const text = await new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(head.replaceAll('\n', '\r\n'));
      socket.write(body);
    });
    socket.setEncoding('utf8').on('data', (chunk: string) => (received += chunk));
    // A broker that stops reading and closes may reset a connection that still writes; what it said counts.
    socket.on('error', (error) => (received === '' ? reject(error) : resolve(received)));
    socket.on('end', () => socket.end());
    socket.on('close', () => resolve(received));
  });
  const [start = '', rest = ''] = text.split(/\r\n\r\n(.*)/s, 2);
  const [line = '', ...fields] = start.split('\r\n');
  const headers = new Headers(
    fields.map((field): [string, string] => [field.slice(0, field.indexOf(':')), field.slice(field.indexOf(':') + 1).trim()]),
  );
  const isJson = /[/+]json\b/.test(headers.get('content-type') ?? '');
  return { status: Number(line.split(' ')[1]), headers, body: isJson ? (JSON.parse(rest) as unknown) : rest };
}

/** Every twin that the organization sees, as text: what must be the same before and after a refusal. */
export async function registryOf(broker: RunningBroker, { token }: TestOrganization): Promise<string> {
  const { status, body } = await broker.api('GET', '/v1/twins?limit=1000', undefined, token);
  expect(status).toBe(200);
  return JSON.stringify(body);
}

/** Path of a twin. */
export function twinPath(id: string, rest = ''): string {
  return `/v1/twins/${encodeURIComponent(id)}${rest}`;
}
