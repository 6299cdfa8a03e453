import { NotHere } from '../support/python.ts';

/** @returns undefined, and says so, where it cannot be had */
export async function installed(name: string, install: () => Promise<string>): Promise<string | undefined> {
  try {
    return await install();
  } catch (error) {
    if (!(error instanceof NotHere)) throw error;
    process.stderr.write(`SKIPPED because ${name} cannot be had here: ${error.message}\n`);
    return undefined;
  }
}
