import { Admission } from './admission.js';

const LIMITS = { messages: 10, bytes: 1_000, senderMessages: 4, senderBytes: 600 };

describe('admission', () => {
  it('refuses a sender beyond its share and lets the others on', () => {
    const admission = new Admission(LIMITS);
    for (let n = 0; n < 4; n += 1) admission.enter('a', 1);
    expect(() => {
      admission.enter('a', 1);
    }).toThrow(expect.objectContaining({ code: 'rate-limited', retryAfterSeconds: 1 }) as Error);
    admission.enter('b', 1);
    expect(admission.messages).toBe(5);
  });

  it('refuses everybody beyond the bound for all, in messages and in bytes', () => {
    const inMessages = new Admission({ ...LIMITS, senderMessages: 100 });
    for (let n = 0; n < 10; n += 1) inMessages.enter(`s${n}`, 1);
    expect(() => {
      inMessages.enter('another', 1);
    }).toThrow(expect.objectContaining({ code: 'rate-limited' }) as Error);
    const inBytes = new Admission(LIMITS);
    inBytes.enter('a', 600);
    expect(() => {
      inBytes.enter('b', 500);
    }).toThrow(expect.objectContaining({ code: 'rate-limited' }) as Error);
  });

  it('lets who waits for room go on once half of the bound is free', async () => {
    const admission = new Admission(LIMITS);
    await admission.room('a');
    for (let n = 0; n < 4; n += 1) admission.enter('a', 1);
    let isCalled = false;
    const waiting = admission.room('a').then(() => {
      isCalled = true;
    });
    admission.leave('a', 1);
    admission.leave('a', 1);
    admission.callWaiting();
    await Promise.resolve();
    expect(isCalled).toBe(false);
    admission.leave('a', 1);
    admission.callWaiting();
    await waiting;
    expect(isCalled).toBe(true);
  });
});
