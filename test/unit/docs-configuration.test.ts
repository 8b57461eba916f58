import { readFileSync } from 'node:fs';
import { Config, ENV_VARIABLES } from '../../src/config/config.js';
import { ConfigError, loadConfig } from '../../src/config/load-config.js';

const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
const section = text.slice(text.indexOf('## Variables'), text.indexOf('## What several brokers'));
const rows = [...section.matchAll(/^\| `([A-Z_]+)` \|(.*?)\|(.*?)\|(.*)\|$/gm)].map(
  ([, name = '', value = '', rule = '', meaning = '']) => ({
    name,
    value: value.trim().replaceAll('`', ''),
    rule: rule.trim(),
    meaning: meaning.trim(),
  }),
);

/** What the broker says of a configuration that differs in one variable. */
function complaints(variable: string, value: string): readonly string[] {
  // The window must not be longer than the retention: keep the one out of the other's way.
  const room = variable === 'MESSAGE_RETENTION' ? { IDEMPOTENCY_WINDOW: '600' } : { MESSAGE_RETENTION: '31536000' };
  try {
    loadConfig({ ...room, [variable]: value });
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.lines;
    throw error;
  }
}

describe('docs/configuration.md', () => {
  it('lists every variable once, and no other', () => {
    expect(rows.map((row) => row.name).toSorted()).toEqual(Object.values(ENV_VARIABLES).toSorted());
  });

  it('shows the defaults', () => {
    const defaults = new Config();
    const properties = Object.entries(ENV_VARIABLES) as [keyof Config, string][];
    const expected = Object.fromEntries(properties.map(([property, name]) => [name, String(defaults[property] ?? '')]));
    expect(Object.fromEntries(rows.map((row) => [row.name, row.value]))).toEqual(expected);
  });

  it('explains every variable', () => {
    for (const { name, rule, meaning } of rows)
      expect({ name, explained: rule !== '' && meaning.endsWith('.') }).toEqual({ name, explained: true });
  });

  it.each(rows.filter((row) => row.rule.startsWith('integer')))('gives the bounds of $name that hold', ({ name, rule }) => {
    const [, low = '', high = ''] = /^integer (\d+) to (\d+)$/.exec(rule) ?? [];
    for (const value of [low, high]) expect(complaints(name, value)).toEqual([]);
    for (const value of [Number(low) - 1, Number(high) + 1, 'x']) {
      expect(complaints(name, String(value)).join()).toContain(name);
    }
  });

  it.each(rows.filter((row) => row.rule.startsWith('at least')))('gives the least length of $name that holds', ({ name, rule }) => {
    const least = Number(/^at least (\d+) characters$/.exec(rule)?.[1]);
    expect(complaints(name, 'x'.repeat(least))).toEqual([]);
    expect(complaints(name, 'x'.repeat(least - 1))).toHaveLength(1);
  });

  it.each(rows.filter((row) => /^[a-z, ]+ or [a-z]+$/.test(row.rule)))('names values of $name that it takes', ({ name, rule }) => {
    for (const value of rule.split(/, | or /)) expect(complaints(name, value)).toEqual([]);
    expect(complaints(name, 'something-else')).toHaveLength(1);
  });
});
