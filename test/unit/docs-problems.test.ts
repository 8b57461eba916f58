import { readFileSync } from 'node:fs';
import { PROBLEMS, problemType, type ProblemCode } from '../../src/problems/catalogue.js';

const text = readFileSync(new URL('../../docs/problems.md', import.meta.url), 'utf8');
const ENTRY =
  /^### `(?<code>[a-z-]+)`\n\n(?<title>.+)\. `(?<type>\S+)` · HTTP (?<http>\d{3}) · `(?<status>[A-Z_]+)`\n\n- When: (?<when>.+)\n- Do: (?<what>.+)$/gm;
const entries = [...text.matchAll(ENTRY)].map(({ groups = {} }) => groups);

describe('docs/problems.md', () => {
  it('explains every problem, in the order of the catalogue, with its title, type and statuses', () => {
    const catalogue = (Object.keys(PROBLEMS) as ProblemCode[]).map((code) => {
      const { title, http, status } = PROBLEMS[code];
      return { code, title, type: problemType(code), http: String(http), status };
    });
    expect(entries.map(({ code, title, type, http, status }) => ({ code, title, type, http, status }))).toEqual(catalogue);
    expect(text.match(/^### /gm)).toHaveLength(catalogue.length);
  });

  it('says when each happens and what to do, in sentences', () => {
    for (const { code, when, what } of entries)
      expect({ code, sentences: /\.$/.test(when ?? '') && /\.$/.test(what ?? '') }).toEqual({ code, sentences: true });
  });

  it('puts each under the heading of its HTTP status', () => {
    const sections = [...text.matchAll(/^## (\d{3})\n(.*?)(?=^## |(?![^]))/gms)];
    for (const [, http, body = ''] of sections) expect([...new Set(body.match(/(?<=HTTP )\d{3}/g))]).toEqual([http]);
    expect(sections).toHaveLength(new Set(Object.values(PROBLEMS).map((kind) => kind.http)).size);
  });
});
