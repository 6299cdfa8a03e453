/** Times the steps of a run, one after another. */
export function stopwatch() {
  const steps: { step: string; seconds: number }[] = [];
  return {
    async time<T>(step: string, work: () => Promise<T>): Promise<T> {
      const began = performance.now();
      try {
        return await work();
      } finally {
        steps.push({ step, seconds: (performance.now() - began) / 1000 });
      }
    },
    /** One line a step, with its seconds. */
    table: () => steps.map(({ step, seconds }) => `  ${step.padEnd(44)} ${seconds.toFixed(1).padStart(7)} s`),
  };
}
