import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { VERB_COMMANDS } from '../src/plugins/verbcommands';
import commands from '../schema/commands.json';

const SOURCE = join(__dirname, '..', 'src');
const STYLE = join(__dirname, '..', 'style');

/** Ids of commands that the sources add, other than those of verbs. */
function added(): Set<string> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: 'utf8' });
  const text = files
    .filter(name => /\.tsx?$/.test(name))
    .map(name => readFileSync(join(SOURCE, name), 'utf8'))
    .join('\n');
  const found = text.matchAll(/addCommand\(\s*'(coimprove:[a-z-]+)'/g);
  return new Set([...found].map(match => match[1] ?? ''));
}

test('every command of a menu and of a key exists', () => {
  const known = new Set([...added(), ...VERB_COMMANDS.map(one => one.id)]);
  const { main, context } = commands['jupyter.lab.menus'];
  const named = [
    ...main.flatMap(menu => menu.items),
    ...context,
    ...commands['jupyter.lab.shortcuts']
  ].flatMap(item => ('command' in item && item.command ? [item.command] : []));
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter(id => !known.has(id))).toEqual([]);
});

test('what is done with a notebook stands in the menu', () => {
  const listed = commands['jupyter.lab.menus'].main.flatMap(menu => menu.items);
  const ids = listed.flatMap(item => ('command' in item && item.command ? [item.command] : []));
  const done = VERB_COMMANDS.filter(one => one.needs === 'notebook').map(one => one.id);
  expect(done.filter(id => !ids.includes(id))).toEqual([]);
});

test('colours are those of the theme', () => {
  const sheets = readdirSync(STYLE).filter(name => name.endsWith('.css'));
  expect(sheets.length).toBeGreaterThan(2);
  const own = sheets.flatMap(name => {
    const lines = readFileSync(join(STYLE, name), 'utf8').split('\n');
    return lines.filter(line =>
      /#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/i.test(line.replace(/#jp-[\w-]+/g, ''))
    );
  });
  expect(own).toEqual([]);
});
