import { readFileSync } from 'node:fs';
import { ENV_VARIABLES } from '../../src/config/config.js';
import { loadConfig } from '../../src/config/load-config.js';

const text = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8');
// `NAME=value` is the default, `#NAME=value` an example of what has none.
const entries = [...text.matchAll(/^(#?)([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, hash, name = '', value = '']) => ({
  name,
  value,
  isDefault: hash === '',
}));

describe('.env.example', () => {
  it('names every variable of the configuration once, and no other', () => {
    expect(entries.map((entry) => entry.name).sort()).toEqual(Object.values(ENV_VARIABLES).sort());
  });

  it('shows the defaults', () => {
    const shown = Object.fromEntries(entries.filter((entry) => entry.isDefault).map((entry) => [entry.name, entry.value]));
    expect(loadConfig(shown)).toEqual(loadConfig({}));
  });

  it('gives valid examples for what has no default', () => {
    expect(() => loadConfig(Object.fromEntries(entries.map((entry) => [entry.name, entry.value])))).not.toThrow();
  });

  it('explains every variable in the lines above it', () => {
    for (const paragraph of text.split('\n\n').filter((part) => /^#?[A-Z_]+=/m.test(part))) expect(paragraph).toMatch(/^# .*[a-z]\.?/m);
  });
});
