import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const root = fileURLToPath(new URL('../../', import.meta.url));
// Without types: these rules look at one file alone, so that a snippet need not exist on disk.
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { project: false } }, rules: {} },
  ruleFilter: ({ ruleId }) => !ruleId.startsWith('@typescript-eslint/'),
});

async function findings(path: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: `${root}${path}` });
  return (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
}

function anImport(from: string): string {
  return `import { thing } from '${from}';\nexport const copy = thing;`;
}

// Loading the configuration takes seconds on a busy machine; no single case should be charged for it.
beforeAll(async () => {
  await findings('src/kernel/page.ts', 'export {};');
});

describe('imports run one way', () => {
  it.each([
    ['src/kernel/page.ts', '../vocabulary/status.js'],
    ['src/problems/catalogue.ts', '../config/config.js'],
    ['src/config/config.ts', '../database/database.js'],
    ['src/database/database.ts', '../security/principal.js'],
    ['src/security/principal.ts', '../registry/twin.service.js'],
    ['src/dictionary/json-schema/compiler.ts', '../../registry/twin.service.js'],
    ['src/registry/twin.service.ts', '../federation/member.service.js'],
    ['src/adaptor/plan.ts', '../registry/twin.service.js'],
    ['src/discovery/discovery.service.ts', '../federation/member.service.js'],
    ['src/federation/member.service.ts', '../exchange/log.js'],
    ['src/exchange/log.ts', '../faces/health.controller.js'],
    ['src/exchange/log.ts', '../app.module.js'],
    ['src/registry/twin.test.ts', '../exchange/log.js'],
  ])('%s may not import %s', async (path, from) => {
    expect(await findings(path, anImport(from))).toEqual(['boundaries/dependencies']);
  });

  it('counts type imports, re-exports and dynamic imports as imports', async () => {
    const code = [
      "import type { A } from '../exchange/log.js';",
      "export { b } from '../exchange/log.js';",
      "export const c: A = await import('../exchange/log.js');",
    ].join('\n');
    expect(await findings('src/registry/twin.service.ts', code)).toEqual(Array(3).fill('boundaries/dependencies'));
  });

  it.each([
    ['src/vocabulary/status.ts', '../kernel/page.js'],
    ['src/database/migrations.ts', '../../migrations/1700000000000-create-twin.js'],
    ['src/federation/member.service.ts', '../registry/twin-directory.js'],
    ['src/exchange/log.ts', '../federation/connection-directory.js'],
    ['src/faces/health.controller.ts', '../database/database.js'],
    ['src/app.module.ts', './registry/twin.entity.js'],
    ['src/registry/dto/twin.dto.ts', '../twin.entity.js'],
  ])('%s may import %s', async (path, from) => {
    expect(await findings(path, anImport(from))).toEqual([]);
  });

  it.each(['entity', 'repository'])('a feature keeps its %s to itself', async (kind) => {
    expect(await findings('src/federation/member.service.ts', anImport(`../registry/twin.${kind}.js`))).toEqual([
      'boundaries/dependencies',
    ]);
  });
});

describe('what a file may hold', () => {
  it.each([
    ['reads the environment', 'src/registry/twin.service.ts', 'export const port = process.env.PORT;', 'no-restricted-properties'],
    ['takes it apart', 'src/registry/twin.service.ts', 'const { env } = process;\nexport const port = env;', 'no-restricted-properties'],
    [
      'imports it',
      'src/registry/twin.service.ts',
      "import { env } from 'node:process';\nexport const port = env;",
      'no-restricted-imports',
    ],
    [
      'throws HTTP from a service',
      'src/registry/twin.service.ts',
      "import { NotFoundException } from '@nestjs/common';\nthrow new NotFoundException();",
      'no-restricted-imports',
    ],
    [
      'ties modules in a circle',
      'src/registry/registry.module.ts',
      "import { forwardRef } from '@nestjs/common';\nexport const x = forwardRef;",
      'no-restricted-imports',
    ],
    [
      'makes a module global',
      'src/registry/registry.module.ts',
      "import { Global } from '@nestjs/common';\nexport const x = Global;",
      'no-restricted-imports',
    ],
    [
      'brings a framework into the kernel',
      'src/kernel/page.ts',
      "import { Injectable } from '@nestjs/common';\nexport const x = Injectable;",
      'no-restricted-imports',
    ],
    ['is too long', 'src/registry/twin.service.ts', `export {};\n${'// line\n'.repeat(300)}`, 'max-lines'],
    ['has a vague name', 'src/registry/twin-utils.ts', 'export {};', 'house/file-name'],
    ['is a barrel', 'src/registry/index.ts', 'export {};', 'house/file-name'],
    ['declares an enum', 'src/registry/twin.service.ts', 'export enum Kind {\n  data,\n}', 'no-restricted-syntax'],
    ['leaves work undone', 'src/registry/twin.service.ts', 'export {}; // TODO: later', 'no-warning-comments'],
    [
      'hushes a rule without a reason',
      'src/registry/twin.service.ts',
      '// eslint-disable-next-line no-console\nconsole.log(1);',
      'house/disable-reason',
    ],
  ])('a file that %s is refused', async (_what, path, code, rule) => {
    expect(await findings(path, code)).toEqual([rule]);
  });

  it('lets src/config read the environment, and a rule be switched off for a stated reason', async () => {
    expect(await findings('src/config/load-config.ts', 'export const port = process.env.PORT;')).toEqual([]);
    const hushed = '// eslint-disable-next-line no-console -- the only way to show it\nconsole.log(1);';
    expect(await findings('src/registry/twin.service.ts', hushed)).toEqual([]);
  });
});
