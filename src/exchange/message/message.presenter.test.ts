import { EventEmitter } from 'node:events';
import type { FastifyReply } from 'fastify';
import type { Submission } from './message-intake.service.js';
import { presentSubmission, receiptText } from './message.presenter.js';

const RECEIPT = { messageId: 'm 1', sender: 'urn:x:y', acceptedAt: new Date('2026-01-01T00:00:00.000Z'), repeated: false };

/** A reply whose connection is as it is said to be when the answer has been written. */
function aReply(socket: { destroyed: boolean } | null): {
  reply: FastifyReply;
  written: () => void;
  head: Record<string, unknown>;
  warnings: unknown[];
} {
  const raw = Object.assign(new EventEmitter(), { socket });
  const head: Record<string, unknown> = {};
  const warnings: unknown[] = [];
  const note = (facts: object): unknown => {
    Object.assign(head, facts);
    return reply;
  };
  const reply: object = {
    raw,
    log: { warn: (facts: unknown) => warnings.push(facts) },
    type: (type: string) => note({ type }),
    code: (code: number) => note({ code }),
    header: (name: string, value: string) => note({ [name]: value }),
  };
  return { reply: reply as FastifyReply, written: () => raw.emit('finish'), head, warnings };
}

/** A submission that was answered in time, and how often its delivery was settled. */
function answered(settle: () => Promise<void> = () => Promise.resolve()): { submission: Submission; settled: () => number } {
  let times = 0;
  const taken = (): Promise<void> => {
    times += 1;
    return settle();
  };
  return { submission: { receipt: RECEIPT, response: '{"header":{}}', taken }, settled: () => times };
}

describe('a submission on the wire', () => {
  it('is its RESPONSE, which counts as taken when it was written, and not before', () => {
    const { reply, written, head } = aReply({ destroyed: false });
    const { submission, settled } = answered();
    expect(presentSubmission(reply, submission)).toBe('{"header":{}}');
    expect(head).toMatchObject({ code: 200 });
    expect(settled()).toBe(0);
    written();
    written();
    expect(settled()).toBe(1);
  });

  it.each([
    ['has hung up meanwhile', { destroyed: true }],
    ['was gone before', null],
  ])('leaves the RESPONSE in the inbox of a caller who %s', (_what, socket) => {
    const { reply, written } = aReply(socket);
    const { submission, settled } = answered();
    presentSubmission(reply, submission);
    written();
    expect(settled()).toBe(0);
  });

  it('says when the RESPONSE could not be settled, and will come again', async () => {
    const { reply, written, warnings } = aReply({ destroyed: false });
    presentSubmission(reply, answered(() => Promise.reject(new Error('no database'))).submission);
    written();
    await new Promise((resolve) => setImmediate(resolve));
    expect(warnings).toMatchObject([{ err: { message: 'no database' } }]);
  });

  it('is a receipt with the place where one may look, when there is no RESPONSE yet', () => {
    const { reply, head } = aReply({ destroyed: false });
    const body = JSON.parse(presentSubmission(reply, { receipt: RECEIPT })) as object;
    expect(body).toEqual({ ...RECEIPT, acceptedAt: '2026-01-01T00:00:00.000Z', status: 'ACCEPTED' });
    expect(head).toMatchObject({ code: 202, location: '/v1/messages/m%201?sender=urn%3Ax%3Ay' });
  });
});

describe('a receipt on the wire', () => {
  it('is JSON, whatever its sender put into the id', () => {
    const wire = { messageId: 'm"1\\', sender: 'urn:x:y', status: 'ACCEPTED', acceptedAt: '2026-01-01T00:00:00.000Z', repeated: false };
    expect(JSON.parse(receiptText({ ...RECEIPT, messageId: 'm"1\\' }))).toEqual(wire);
  });

  it('says until when an answer may come, when the receiver is back, and that a payload was not looked at', () => {
    const moment = new Date('2026-01-02T00:00:00.000Z');
    const receipt = { ...RECEIPT, repeated: true, deadline: moment, receiverBackAt: moment, payloadChecked: false as const };
    expect(JSON.parse(receiptText(receipt))).toMatchObject({
      deadline: '2026-01-02T00:00:00.000Z',
      receiverBackAt: '2026-01-02T00:00:00.000Z',
      payloadChecked: false,
      repeated: true,
    });
  });
});
