import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);
const FOLDERS = ['', 'docs/', 'src/', 'test/', 'migrations/', 'scripts/', 'demo/', 'demo/data/'];

/** Every Markdown file of the product, by its path. */
const pages = FOLDERS.flatMap((folder) =>
  readdirSync(new URL(folder === '' ? './' : folder, ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => folder + name),
);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8').replace(/^```.*?^```$/gms, '');
}

/** Anchors of the headings, as GitHub makes them. */
function anchorsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

describe('the documents', () => {
  it('are there', () => {
    const expected = ['architecture', 'configuration', 'demo', 'exchange', 'operations', 'problems', 'security', 'states'];
    expect(pages).toEqual(expect.arrayContaining(['README.md', 'CHANGELOG.md', ...expected.map((name) => `docs/${name}.md`)]));
  });

  it.each(pages)('%s links only to what is there', (path) => {
    const broken = [...read(path).matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].filter(([, target = '', anchor]) => {
      const file = target === '' ? new URL(path, ROOT) : new URL(target, new URL(path, ROOT));
      if (!existsSync(fileURLToPath(file))) return true;
      return anchor !== undefined && !anchorsOf(file.href.slice(ROOT.href.length)).includes(anchor);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });

  it.each(pages)('%s claims no conformance', (path) => {
    const claims = read(path).match(/[^.|]*\b(?:conformant|conforms|compliant|certified)\b[^.|]*/gi) ?? [];
    expect(claims).toEqual([]);
  });

  it('opens with the two commands', () => {
    expect(readFileSync(new URL('README.md', ROOT), 'utf8')).toMatch(
      /^# twinfed\n\n```sh\nnpm install && npm start\nnpm install && npm test\n```\n/,
    );
  });
});
