import { readFile } from 'node:fs/promises';

/** The kernel counts processor time in hundredths of a second for user space, whatever its own tick (proc(5), USER_HZ). */
const TICK_MS = 10;

/** Processor time of a process since its start, in milliseconds: user and system, all threads, those that ended too. */
export async function cpuMs(pid: number): Promise<number> {
  return parseCpuMs(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** `utime` and `stime` of `/proc/PID/stat`: the 14th and 15th field; the second one may hold spaces and parentheses. */
export function parseCpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Memory of a process that is in RAM now, in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  return parseResidentMiB(await readFile(`/proc/${pid}/status`, 'utf8'));
}

/** `VmRSS` of `/proc/PID/status`, which counts in KiB. */
export function parseResidentMiB(status: string): number {
  return Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1]) / 1024;
}
