/** What CloudWatch adds to each line before it counts. */
const BYTES_A_LINE = 26;

const Metrics = /"Metrics":\[([^\]]*)\]/;

/** Lines of the log, and of metrics among them, as functions print them on standard output. */
export interface Printed {
  /** As CloudWatch counts them. */
  bytes: number;
  /** Names of the metrics that were written. */
  metrics: Set<string>;
}

/** Counts what is printed while the work is done, instead of printing it. One work at a time. */
export async function printedBy<T>(work: () => Promise<T>): Promise<Printed & { value: T }> {
  const printed: Printed = { bytes: 0, metrics: new Set() };
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = (chunk: string | Uint8Array) => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
    printed.bytes += Buffer.byteLength(text) + BYTES_A_LINE;
    for (const [, name = ''] of (Metrics.exec(text)?.[1] ?? '').matchAll(/"Name":"(\w+)"/g))
      printed.metrics.add(name);
    return true;
  };
  try {
    const value = await work();
    return { ...printed, value };
  } finally {
    stdout.write = write;
  }
}
