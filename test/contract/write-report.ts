import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { report } from './report.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'emulators.md');
const BETWEEN = /(<!-- contract -->\n)[\s\S]*(<!-- end of contract -->)/;

writeFileSync(
  PAGE,
  readFileSync(PAGE, 'utf8').replace(BETWEEN, (_, begin, end) => `${begin}\n${report()}\n\n${end}`),
);
