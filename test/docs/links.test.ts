import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const ROOT = resolve(import.meta.dirname, '../..');
const PAGES = [
  `${ROOT}/README.md`,
  ...globSync(`${ROOT}/{docs,state-machines,test,infra,bench,cli,local,functions}/**/*.md`),
];

/** The text without what is shown as code. */
function prose(page: string): string {
  return readFileSync(page, 'utf8')
    .replaceAll(/^ *```.*?^ *```/gms, '')
    .replaceAll(/`[^`\n]+`/g, (code) => code.replaceAll(/[[\]()]/g, ''));
}

/** The anchors that GitHub gives to headings: letters, digits and hyphens in small, one with the same name is `-1`. */
function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading = ''] of prose(page).matchAll(/^#{1,6} +(.+)$/gm)) {
    const text = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = text.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '').replaceAll(/\s/g, '-');
    let name = anchor;
    for (let count = 1; anchors.has(name); count++) name = `${anchor}-${count}`;
    anchors.add(name);
  }
  return anchors;
}

function linksOf(page: string): string[] {
  return [...prose(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = '']) => link)
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** @returns what is dead about it; undefined when it leads somewhere */
function faultOf(page: string, link: string): string | undefined {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : resolve(dirname(page), path);
  if (!existsSync(target)) return `${link}: there is no such file`;
  if (relative(ROOT, target).startsWith('..')) return `${link}: leads out of the project`;
  if (anchor === undefined || anchorsOf(target).has(anchor)) return undefined;
  return `${link}: has no such heading`;
}

describe('links within the project', () => {
  it.each(PAGES.map((page) => relative(ROOT, page)))('%s has none that is dead', (name) => {
    const page = `${ROOT}/${name}`;
    expect(linksOf(page).flatMap((link) => faultOf(page, link) ?? [])).toEqual([]);
  });

  it('lead from the README to every page of docs', () => {
    const linked = linksOf(`${ROOT}/README.md`).map((link) => link.split('#')[0]);
    const pages = globSync('docs/*.md', { cwd: ROOT });
    expect(pages.filter((page) => !linked.includes(page))).toEqual([]);
  });
});
