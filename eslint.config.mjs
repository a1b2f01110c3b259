import { createProjectGraphAsync } from '@nx/devkit';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

// Without a cached project graph the boundary rule skips itself and passes, so one is made first.
await createProjectGraphAsync();

const nest = ['@nestjs/*', 'class-validator', 'class-transformer'];

/** One row of the layer table: who may be imported, and which packages may not. */
const layer = (name, mayImport, banned = nest) => ({
  sourceTag: `layer:${name}`,
  onlyDependOnLibsWithTags: mayImport.map((to) => `layer:${to}`),
  bannedExternalImports: banned,
});

const layers = [
  layer('contracts', []),
  layer('mcp', ['contracts']),
  layer('journal', ['contracts']),
  layer('domain', ['contracts', 'journal']),
  layer('adapter', ['contracts', 'mcp', 'journal']),
  layer('shell', ['contracts', 'mcp', 'journal', 'domain', 'shell'], []),
  layer('composition', ['contracts', 'journal', 'domain', 'adapter', 'shell', 'composition']),
  layer('wiring', ['contracts', 'journal', 'domain', 'adapter', 'shell', 'composition'], []),
  layer('app', ['contracts', 'mcp', 'wiring', 'shell'], []),
  layer('example', ['contracts']),
  layer('test', ['*'], []),
];

export default tseslint.config(
  { ignores: ['**/dist', '**/.nx', '**/coverage', '**/data'] },
  ...tseslint.configs.recommended,
  ...nx.configs['flat/base'],
  {
    files: ['**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': ['error', { banTransitiveDependencies: true, depConstraints: layers }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', { max: 60, skipComments: true, skipBlankLines: true }],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      complexity: ['error', 10],
    },
  },
  {
    // Tests may import anything, and a describe block is as long as its cases.
    files: ['**/*.spec.ts', '{apps,libs}/*/test/**/*.ts', 'libs/testing/**/*.ts', 'bench/**/*.ts', 'tools/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': 'off',
      'max-lines': ['error', 500],
      'max-lines-per-function': 'off',
    },
  },
  {
    // Injected classes must be values: a type import would erase them from the metadata that Nest reads.
    files: ['libs/service/**/*.ts', 'libs/endpoint/**/*.ts', 'apps/**/*.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  prettier,
);
