import { readFileSync } from 'node:fs';
import { LANES } from '../../src/vocabulary/codes.js';
import { MESSAGE_SCHEMA } from '../../src/vocabulary/envelope-schema.js';
import { COMBINATIONS } from '../../src/vocabulary/matrix.js';
import { STATUS_NUMBERS } from '../../src/vocabulary/status.js';
import { VOCABULARY_1_0 } from '../../src/vocabulary/versions/1.0.js';
import { REASON_CODES } from '../../src/exchange/dead-letter/reason.js';
import {
  DEFAULT_HOP_LIMIT,
  DEFAULT_REQUEST_TTL_MS,
  DEFAULT_TTL_MS,
  MAX_BATCH_MESSAGES,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_DEPTH,
} from '../../src/exchange/message/limits.js';

const text = readFileSync(new URL('../../docs/exchange.md', import.meta.url), 'utf8');
const prose = text.replace(/\s+/g, ' ');

/** Rows of the first table after `mark`, as their cells. */
function tableAfter(mark: string): string[][] {
  const rows: string[][] = [];
  for (const line of text.slice(text.indexOf(mark)).split('\n')) {
    if (line.startsWith('|'))
      rows.push(line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
    else if (rows.length > 0) break;
  }
  return rows.slice(2);
}

function namesIn(mark: string): string[] {
  return tableAfter(mark).flatMap(([names = '']) => [...names.matchAll(/`([\w-]+)`/g)].map(([, name = '']) => name));
}

describe('docs/exchange.md', () => {
  it('shows the matrix as it is, with its grade', () => {
    const shown = tableAfter('<!-- matrix').map(([action, object, from, to, messageType, grade]) => ({
      action,
      object,
      from,
      to,
      messageType,
      grade,
    }));
    expect(shown).toEqual(COMBINATIONS.map((combination) => ({ ...combination, grade: 'P' })));
  });

  it('says of every combination who carries it out', () => {
    const known = ['broker', 'peer', 'peer, or published', 'sent by the broker', 'not offered yet'];
    for (const row of tableAfter('<!-- matrix')) expect(known).toContain(row[6]);
  });

  it('shows the status codes with their numbers', () => {
    expect(tableAfter('<!-- statuses')).toEqual(Object.entries(STATUS_NUMBERS).map(([code, number]) => [code, String(number), 'P']));
  });

  it('explains every reason of a dead letter', () => {
    expect(namesIn('<!-- reasons').toSorted()).toEqual(REASON_CODES.toSorted());
  });

  it('explains every member of header and data, and no other', () => {
    const { header, data } = MESSAGE_SCHEMA.properties;
    expect(namesIn('| header (grade P)').toSorted()).toEqual(Object.keys(header.properties).toSorted());
    expect(namesIn('| data (grade P)').toSorted()).toEqual(Object.keys(data.properties).toSorted());
  });

  it('names the aliases and the lanes', () => {
    for (const [alias, code] of Object.entries({ ...VOCABULARY_1_0.aliases.actions, ...VOCABULARY_1_0.aliases.objects })) {
      expect(text).toContain(`\`${alias}\``);
      expect(text).toContain(`\`${code}\``);
    }
    for (const lane of LANES) expect(text).toContain(`\`${lane}\``);
  });

  it('gives the limits that hold', () => {
    expect(DEFAULT_REQUEST_TTL_MS).toBe(30_000);
    expect(DEFAULT_TTL_MS).toBe(24 * 3_600_000);
    expect(text).toContain('(default 30,000), else default 24 h');
    expect(prose).toContain(`default ${DEFAULT_HOP_LIMIT}; 0 is refused`);
    expect(prose).toContain(`an array of up to ${MAX_BATCH_MESSAGES.toLocaleString('en')}`);
    expect(prose).toContain(`nesting deeper than ${MAX_MESSAGE_DEPTH}`);
    expect(prose).toContain(`A message may have ${MAX_MESSAGE_BYTES / 1024 ** 2} MiB`);
  });
});
