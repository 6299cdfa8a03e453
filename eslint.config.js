import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Dependencies point inwards: core <- app <- adapters, handlers <- infra, local. */
const inwards = (files, forbidden) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      { patterns: forbidden.map(([group, message]) => ({ group: [].concat(group), message })) },
    ],
  },
});

const outer = ['**/adapters/**', '**/handlers/**', '**/infra/**', '**/local/**', '**/cli/**'];

export default tseslint.config(
  { ignores: ['node_modules', 'cdk.out', 'coverage', '.overdue'] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: { allowDefaultProject: ['*.js'] } } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-properties': [
        'error',
        {
          object: 'process',
          property: 'env',
          message:
            'Only one file reads the environment: functions/adapters/environment.ts (local/options.ts for the one-machine service).',
        },
      ],
    },
  },
  inwards(
    ['functions/core/**/*.ts'],
    [
      [[...outer, '**/app/**'], 'core depends on nothing outwards'],
      [
        [
          'node:*',
          '@aws-sdk/*',
          '@aws-lambda-powertools/*',
          'hono',
          'hono/*',
          '@hono/*',
          'date-holidays',
          'nodemailer',
          'undici',
        ],
        'core is pure: luxon and zod only',
      ],
    ],
  ),
  {
    files: ['functions/core/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'time is an argument',
        },
        { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'time is an argument' },
        {
          selector: "CallExpression[callee.object.name='DateTime'][callee.property.name=/^(now|local|utc)$/]",
          message: 'time is an argument; local times go through core/time.ts',
        },
      ],
    },
  },
  inwards(
    ['functions/app/**/*.ts'],
    [
      [outer, 'app knows only core and its own ports'],
      [['@aws-sdk/*'], 'AWS belongs to adapters'],
    ],
  ),
  inwards(
    ['functions/adapters/**/*.ts'],
    [[['**/handlers/**', '**/infra/**', '**/local/**', '**/cli/**'], 'adapters depend inwards only']],
  ),
  inwards(
    ['functions/handlers/**/*.ts'],
    [[['**/infra/**', '**/local/**', '**/cli/**'], 'production code has no "if local"']],
  ),
  { files: ['*.js'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'no-restricted-properties': 'off' },
  },
);
