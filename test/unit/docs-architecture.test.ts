import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const text = readFileSync(new URL('docs/architecture.md', ROOT), 'utf8');
const rulesFile = new URL('scripts/eslint/layers.js', ROOT).href;

/** Rows of the table whose head begins like this, as their cells. */
function table(head: string): string[][] {
  const lines = text.slice(text.indexOf(head)).split('\n');
  const end = lines.findIndex((line) => !line.startsWith('|'));
  return lines.slice(2, end).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim())); // prettier-ignore
}

describe('docs/architecture.md', () => {
  it('shows the import rules that lint enforces', async () => {
    const { LAYERS } = (await import(rulesFile)) as { LAYERS: Record<string, string[]> };
    const shown = table('| folder | may import |').map(([folder = '', may = '']) => [folder, may === 'nothing' ? [] : may.split(', ')]);
    const { root: _root, migrations: _migrations, ...folders } = LAYERS;
    expect(Object.fromEntries(shown)).toEqual(folders);
  });

  it('lists the folders of src', () => {
    const [, listed = ''] = /```\nsrc\/\n(.*?)```/s.exec(text) ?? [];
    const names = [...listed.matchAll(/^ {2}([a-z]+)\/ /gm)].map(([, name]) => name);
    const folders = readdirSync(new URL('src/', ROOT), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect(names.toSorted()).toEqual(folders.map((entry) => entry.name).toSorted());
  });

  it('shows for each functional entity the grade of its name and of its behaviour, and where it is', () => {
    const entities = table('| functional entity (Y.4489)');
    expect(entities.map(([entity = '']) => entity.split(' ')[0])).toEqual(
      ['DTR', 'SD', 'DTD', 'AP', 'PA', 'DFA', 'SA', 'FM', 'FSIM', 'FIM', 'CFIM', 'FC', 'CSIM'].map((name) => `${name}-FE`),
    );
    for (const [, name, behaviour, where = ''] of entities) {
      expect([name, behaviour]).toEqual(['S', 'P']);
      for (const folder of where.split(', ').filter((each) => each !== '')) {
        expect(existsSync(fileURLToPath(new URL(`src/${folder}`, ROOT)))).toBe(true);
      }
    }
  });

  it('names every kind of domain event', () => {
    const source = readFileSync(new URL('src/database/domain-events.ts', ROOT), 'utf8');
    const [, union = ''] = /export type DomainEventKind =(.*?);/s.exec(source) ?? [];
    const kinds = [...union.matchAll(/'([a-z.-]+)'/g)].map(([, kind = '']) => kind);
    expect(kinds.length).toBeGreaterThan(5);
    for (const kind of kinds) expect(text).toContain(`\`${kind}\``);
  });

  it('names every advisory lock that the schema takes', () => {
    const migrations = readdirSync(new URL('migrations/', ROOT)).filter((name) => name.endsWith('.ts'));
    const sql = migrations.map((name) => readFileSync(new URL(`migrations/${name}`, ROOT), 'utf8')).join('\n');
    const classes = new Set([...sql.matchAll(/pg_advisory_xact_lock(?:_shared)?\((\d+),/g)].map(([, number = '']) => number));
    expect(classes.size).toBeGreaterThan(3);
    for (const number of classes) expect(text).toMatch(new RegExp(`^\\| ${number}[ ,]`, 'm'));
  });
});
