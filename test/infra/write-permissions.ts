import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { permissionsPage } from './permissions-page.ts';
import { MANY_ACCOUNTS, synthesize } from './stack.ts';

writeFileSync(
  join(import.meta.dirname, '..', '..', 'docs', 'permissions.md'),
  permissionsPage(synthesize(MANY_ACCOUNTS)),
);
