import { readdirSync, readFileSync } from 'node:fs';

/** Watches the resident memory of a process and its descendants (Linux); the threads of a process count with it. */
export function watchMemory(pid: number): { stop(): { peakMb: number; idleMb: number } } {
  let peak = 0;
  let last = 0;
  const sample = () => {
    last = family(pid).reduce((sum, one) => sum + residentMb(one), 0);
    peak = Math.max(peak, last);
  };
  sample();
  const timer = setInterval(sample, 250);
  return {
    stop() {
      clearInterval(timer);
      sample();
      return { peakMb: Math.round(peak), idleMb: Math.round(last) };
    },
  };
}

function family(root: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (Number.isInteger(pid)) parents.set(pid, parentOf(pid));
  }
  const belongs = (pid: number): boolean => {
    const parent = parents.get(pid);
    return pid === root || (parent !== undefined && parent > 1 && belongs(parent));
  };
  return [...parents.keys()].filter(belongs);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(status(pid))?.[1] ?? 0);
}

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(status(pid))?.[1] ?? 0) / 1024;
}

/** Empty when the process has ended meanwhile. */
function status(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}
