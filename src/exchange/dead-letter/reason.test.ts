import { DEAD_LETTER_REASONS, REASON_CODES, reasonOf } from './reason.js';

describe('the reason of a dead letter', () => {
  it.each(REASON_CODES)('knows %s by its code, by its words, and with words of one’s own', (code) => {
    const words = DEAD_LETTER_REASONS[code];
    expect(reasonOf(code)).toEqual({ code, words });
    expect(reasonOf(words)).toEqual({ code, words });
    expect(reasonOf(`${code}: no hands free`)).toEqual({ code, words: 'no hands free' });
  });

  it('keeps words that it does not know', () => {
    expect(reasonOf('the moon was full')).toEqual({ code: 'other', words: 'the moon was full' });
  });
});
