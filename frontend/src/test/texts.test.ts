import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { languages } from '../lib/i18n';

type Texts = { [key: string]: string | Texts };

const folder = 'src/locales';
const namespaces = readdirSync(join(folder, 'en')).map((f) => basename(f, '.json'));
const plural = /_(zero|one|two|few|many|other)$/;

const flat = (texts: Texts, before = ''): Map<string, string> => {
  const all = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === 'string') all.set(before + key, value);
    else for (const [k, v] of flat(value, `${before}${key}.`)) all.set(k, v);
  }
  return all;
};

const read = (language: string, namespace: string) =>
  flat(JSON.parse(readFileSync(join(folder, language, `${namespace}.json`), 'utf8')) as Texts);

/** "seats" for seats_one, seats_other, and the plain key where it is not counted. */
const stems = (keys: Iterable<string>) => [...new Set([...keys].map((k) => k.replace(plural, '')))].sort();
const placeholders = (text: string) => [...text.matchAll(/\{\{\s*([^},\s]+)/g)].map((m) => m[1]).sort();

describe.each(Object.keys(languages))('texts in %s', (language) => {
  const categories = new Intl.PluralRules(language).resolvedOptions().pluralCategories;

  test.each(namespaces)('%s says what English says', (namespace) => {
    const english = read('en', namespace);
    const texts = read(language, namespace);
    expect(stems(texts.keys())).toEqual(stems(english.keys()));
    for (const [key, text] of texts) {
      expect(text.trim(), key).not.toBe('');
      const stem = key.replace(plural, '');
      if (stem === key) {
        expect(placeholders(text), key).toEqual(placeholders(english.get(key) ?? ''));
        continue;
      }
      // A counted text names the count or, as in "one seat", says it in words; nothing else may differ.
      const model = placeholders(english.get(`${stem}_other`) ?? '').filter((p) => p !== 'count');
      expect(
        placeholders(text).filter((p) => p !== 'count'),
        key,
      ).toEqual(model);
    }
    const counted = new Set([...texts.keys()].filter((k) => plural.test(k)).map((k) => k.replace(plural, '')));
    for (const stem of counted) {
      for (const category of categories) expect([...texts.keys()], `${stem}_${category}`).toContain(`${stem}_${category}`);
    }
  });
});

/** Attributes and properties that people see or hear. */
const spoken = new Set([
  'alt',
  'aria-label',
  'aria-description',
  'aria-placeholder',
  'aria-roledescription',
  'aria-valuetext',
  'label',
  'placeholder',
  'title',
  'description',
  'text',
  'error',
]);

/** Words, that is two letters in a row; not "×", "–" or the product's name, which is no translation's. */
const wordy = (text: string) => /\p{L}\p{L}/u.test(text) && text.trim() !== 'MyEvents';

const comparisons = new Set([
  ts.SyntaxKind.EqualsEqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsEqualsToken,
  ts.SyntaxKind.EqualsEqualsToken,
  ts.SyntaxKind.ExclamationEqualsToken,
  ts.SyntaxKind.InKeyword,
]);

/** Texts in code that should be in src/locales. */
const hardCoded = (name: string, code: string): string[] => {
  const source = ts.createSourceFile(name, code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX);
  const found: string[] = [];
  const report = (node: ts.Node, text: string) => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart());
    found.push(`${name}:${line + 1}: ${text.trim()}`);
  };
  const literals = (node: ts.Expression): void => {
    if (ts.isStringLiteralLike(node)) {
      if (wordy(node.text)) report(node, node.text);
    } else if (ts.isTemplateExpression(node)) {
      for (const part of [node.head, ...node.templateSpans.map((s) => s.literal)]) if (wordy(part.text)) report(part, part.text);
    } else if (ts.isConditionalExpression(node)) {
      literals(node.whenTrue);
      literals(node.whenFalse);
    } else if (ts.isBinaryExpression(node)) {
      if (comparisons.has(node.operatorToken.kind)) return; // of what is never shown
      literals(node.left);
      literals(node.right);
    } else if (ts.isParenthesizedExpression(node)) literals(node.expression);
  };
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node) && wordy(node.text)) report(node, node.text);
    if (ts.isJsxAttribute(node) && spoken.has(node.name.getText())) {
      const value = node.initializer;
      if (value && ts.isStringLiteral(value) && wordy(value.text)) report(node, value.text);
      if (value && ts.isJsxExpression(value) && value.expression) literals(value.expression);
    }
    if (ts.isJsxExpression(node) && node.expression && (ts.isJsxElement(node.parent) || ts.isJsxFragment(node.parent))) {
      literals(node.expression);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
};

test('no text is in the code instead', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter(
    (f) => f.endsWith('.tsx') && !f.endsWith('.test.tsx') && !f.startsWith('test'),
  );
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.flatMap((f) => hardCoded(f, readFileSync(join('src', f), 'utf8')))).toEqual([]);
});

test.each([
  ['text', '<p>Sold out</p>'],
  ['attribute', '<input aria-label="Search" />'],
  ['expression', '<p>{"Sold out"}</p>'],
  ['either', '<p title={x ? "Open" : t("y")}>{t("z")}</p>'],
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
  ['template', '<Button label={`Row ${x}`} />'],
])('a text in the code is found: %s', (_, code) => {
  expect(hardCoded('x.tsx', code)).toHaveLength(1);
});

test.each([
  '<p className="big">{t("a")}</p>',
  '<span translate="no">MyEvents</span>',
  '<p>{n} × {m}</p>',
  "<p>{step === 'form' && x}</p>",
])('%s is no text', (code) => {
  expect(hardCoded('x.tsx', code)).toEqual([]);
});
