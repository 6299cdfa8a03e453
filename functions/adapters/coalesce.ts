/**
 * Shares one run of a task among those who ask for it while another run for the same key is under way. Each caller
 * waits for a run that began after its call: what it did before is seen by that run.
 */
export function coalesced(task: (key: string) => Promise<void>): (key: string) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  const planned = new Map<string, Promise<void>>();

  const run = (key: string): Promise<void> => {
    planned.delete(key);
    const begun = task(key).finally(() => {
      if (running.get(key) === begun) running.delete(key);
    });
    running.set(key, begun);
    return begun;
  };
  const plan = (key: string, current: Promise<void>): Promise<void> => {
    const afterwards = current.catch(() => undefined).then(() => run(key));
    planned.set(key, afterwards);
    return afterwards;
  };

  return (key) => {
    const current = running.get(key);
    return planned.get(key) ?? (current ? plan(key, current) : run(key));
  };
}
