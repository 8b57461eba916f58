import boundaries from 'eslint-plugin-boundaries';
import tseslint from 'typescript-eslint';
import { houseRules } from './scripts/eslint/house-rules.js';
import { LAYERS } from './scripts/eslint/layers.js';

const HTTP_EXCEPTIONS = {
  group: ['@nestjs/common'],
  importNamePattern: '(Exception|^forwardRef)$',
  message: 'Services throw DomainError with a catalogued code and know no HTTP; modules import one way, without forwardRef.',
};
const GLOBAL_MODULES = {
  group: ['@nestjs/common'],
  importNames: ['Global'],
  message: 'Only config is global: import what a module needs.',
};
const ENVIRONMENT = {
  group: ['process', 'node:process'],
  message: 'The environment is read in src/config only; the process object is a global.',
};
const FRAMEWORKS = {
  group: ['@nestjs/*', 'typeorm', 'pg', 'fastify', 'class-validator', 'class-transformer'],
  message: 'The kernel and the vocabulary know no framework.',
};
const restrictImports = (...patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', '.data/**', 'node_modules/**', 'bench/**/node_modules/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },

  {
    name: 'everywhere',
    files: ['**/*.{js,mjs,cjs,ts}'],
    plugins: { house: houseRules },
    rules: {
      'house/disable-reason': 'error',
      'house/file-name': 'error',
      'max-lines': ['error', { max: 300 }],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx', 'hack'] }],
      eqeqeq: ['error', 'always'],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
    },
  },

  {
    name: 'typescript',
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      // In files with decorators the rule stands back by itself (emitDecoratorMetadata needs value imports of injected classes).
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      // A `default` says "and everything else", as dispatchers need; a switch over states leaves it out and is held to be exhaustive.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
      '@typescript-eslint/return-await': ['error', 'error-handling-correctness-only'],
      // A Nest module or a TypeORM entity may be all decorator.
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      // A number reads well in a sentence; objects, nullish values and any stay forbidden.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => save()` where nobody looks at the result is the plain way to write it.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      // `_name` marks a parameter that an interface dictates.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      'no-restricted-syntax': ['error', { selector: 'TSEnumDeclaration', message: 'Use a closed union of strings.' }],
      // Off: there are no enums (see above), and looking for their misuse costs a quarter of the time.
      '@typescript-eslint/no-unsafe-enum-assignment': 'off',
      // Off: an async method without await fulfils a promise-returning interface, and its throw becomes a rejection, as wanted.
      '@typescript-eslint/require-await': 'off',
      // Both off: a DTO class is a wire shape with decorators and no behaviour; mappers return plain objects of that shape and spread it.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      // Off: literal SQL names its row type as query<Row>(…); the parameter stands once, by design.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
    },
  },

  {
    name: 'product',
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    rules: { 'no-console': 'error', ...restrictImports(HTTP_EXCEPTIONS, GLOBAL_MODULES, ENVIRONMENT) },
  },
  {
    name: 'the environment has one reader',
    files: ['src/**/*.ts', 'migrations/**/*.ts', 'demo/**/*.ts'],
    ignores: ['src/config/**', '**/*.test.ts'],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only src/config reads the environment: inject Config.' },
      ],
    },
  },
  { name: 'config is the global module', files: ['src/config/**/*.ts'], rules: restrictImports(HTTP_EXCEPTIONS) },
  { name: 'problems speak HTTP', files: ['src/problems/**/*.ts'], rules: restrictImports(GLOBAL_MODULES, ENVIRONMENT) },
  {
    name: 'kernel and vocabulary are plain',
    files: ['src/kernel/**/*.ts', 'src/vocabulary/**/*.ts'],
    rules: restrictImports(FRAMEWORKS, ENVIRONMENT),
  },

  {
    name: 'imports run one way',
    files: ['src/**/*.ts', 'migrations/**/*.ts'],
    plugins: { boundaries },
    settings: {
      'import/resolver': { [`${import.meta.dirname}/scripts/eslint/source-resolver.cjs`]: {} },
      'boundaries/root-path': import.meta.dirname,
      'boundaries/elements': [
        ...Object.keys(LAYERS)
          .filter((layer) => layer !== 'root' && layer !== 'migrations')
          .map((layer) => ({ type: layer, pattern: `src/${layer}`, partialMatch: false })),
        { type: 'migrations', pattern: 'migrations', partialMatch: false },
        { type: 'root', pattern: 'src', partialMatch: false },
      ],
      'boundaries/files': [{ category: 'persistence', pattern: 'src/**/*.{entity,repository}.ts' }],
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'disallow',
          policies: [
            ...Object.entries(LAYERS).map(([layer, allowed]) => ({
              from: { element: { type: layer } },
              allow: { to: { element: { type: [layer, ...allowed] } } },
            })),
            // Rows belong to their feature; the composition root alone sees every entity, to hand them to the data source.
            ...Object.keys(LAYERS)
              .filter((layer) => layer !== 'root')
              .map((layer) => ({
                from: { element: { type: layer } },
                disallow: { to: { element: { type: `!${layer}` }, file: { categories: 'persistence' } } },
                message: 'Entities and repositories stay inside their feature: call the service that its module exports.',
              })),
          ],
        },
      ],
    },
  },

  {
    name: 'tests',
    files: ['**/*.test.ts', 'test/**/*.ts'],
    rules: {
      // Off: expect(object.method) and jest's mocks read a method without calling it, on purpose.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
