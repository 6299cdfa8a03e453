import { registerHooks } from 'node:module';
import { MUTATIONS } from './mutations.ts';

/*
 * Preloaded (node --import): changes one file of the code as it is loaded. Nothing is written. The number of the mutation
 * is the last argument, `--mutation=3`.
 */
const number = Number(process.argv.find((argument) => argument.startsWith('--mutation='))?.split('=')[1]);
const mutation = MUTATIONS[number];
if (!mutation) throw new RangeError(`no mutation ${number}: there are ${MUTATIONS.length}`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/functions/${mutation.file}`)) return loaded;
    if (!(loaded.source instanceof Uint8Array)) throw new TypeError(`${url} is not text`);
    const source = Buffer.from(loaded.source).toString();
    const parts = source.split(mutation.search);
    if (parts.length !== 2)
      throw new Error(`${mutation.file} has ${parts.length - 1} times: ${mutation.search}`);
    return { ...loaded, source: parts.join(mutation.replace) };
  },
});
