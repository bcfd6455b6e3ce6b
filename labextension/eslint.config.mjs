import js from '@eslint/js';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * The folders of src from the lowest up: each may import those before it, none that comes after.
 * api ← model ← components ← plugins ← index; icons are pictures and import nothing.
 */
const LINES = ['api', 'model', 'components', 'plugins'];
const above = folder => LINES.slice(LINES.indexOf(folder) + 1);
const layer = folder => ({
  files: [`src/${folder}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${[...above(folder), 'index'].join('|')})(/|$)`,
            message: `src/${folder} is below it: api ← model ← components ← plugins ← index`
          },
          ...(folder === 'api' || folder === 'model'
            ? [
                {
                  regex:
                    '^(react|react-dom|@jupyterlab/(application|notebook|ui-components|apputils))(/|$)',
                  message: `src/${folder} knows no widget and no application`
                },
                {
                  regex: '^(\\.\\./)+(tokens|icons)(/|$)',
                  message: `src/${folder} is below the tokens`
                }
              ]
            : [])
        ]
      }
    ]
  }
});

export default tseslint.config(
  { ignores: ['lib/', 'node_modules/', 'coverage/', 'src/api/wire.ts'] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    languageOptions: { parserOptions: { projectService: false, project: './tsconfig.test.json' } },
    files: ['src/**/*.{ts,tsx}', 'test/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      eqeqeq: 'error',
      'no-console': 'error',
      'max-lines': ['error', 400],
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message:
            'Text of notebooks and models is never HTML; the allow-list renderer draws Markdown.'
        },
        {
          selector: 'AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]',
          message:
            'Text of notebooks and models is never HTML; the allow-list renderer draws Markdown.'
        }
      ],
      'no-restricted-properties': [
        'error',
        ...[
          'insertAdjacentHTML',
          'createContextualFragment',
          'setHTMLUnsafe',
          'parseFromString',
          'writeln'
        ].map(property => ({ property, message: 'Text of notebooks and models is never HTML.' }))
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { attributes: false } }
      ],
      '@typescript-eslint/consistent-type-imports': 'error'
    }
  },
  ...LINES.map(layer),
  {
    files: ['test/**/*.{ts,tsx}'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', 'no-restricted-properties': 'off' }
  },
  {
    files: ['*.{js,mjs,cjs}'],
    languageOptions: {
      globals: {
        module: 'writable',
        process: 'readonly',
        require: 'readonly',
        __dirname: 'readonly'
      }
    },
    // What tools read as CommonJS is written in it.
    rules: { '@typescript-eslint/no-require-imports': 'off' }
  }
);
