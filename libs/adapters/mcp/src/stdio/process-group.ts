import { setTimeout as pause } from 'node:timers/promises';
import type { ChildProcess } from 'node:child_process';

const KILL_AFTER_MS = 3_000;
const POLL_MS = 25;
const living = new Set<number>();
let watching = false;

/**
 * Keeps a detached child's group from outliving us: should we exit without `endGroup`, the group is killed. (After
 * SIGKILL of ourselves nothing of ours runs; the program then sees its stdin end.)
 */
export function guardGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  living.add(child.pid);
  if (watching) return;
  watching = true;
  process.on('exit', () => {
    for (const pid of living) signalGroup(pid, 'SIGKILL');
  });
}

/** Sends a signal to the child's whole group; false when there is nobody left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    // Windows has no groups: the child alone is ended there.
    process.kill(process.platform === 'win32' ? pid : -pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** Ends a group: SIGTERM, and SIGKILL for what is left after 3 s (`killAfterMs`). Resolves when nobody is left, or killed. */
export async function endGroup(pid: number, killAfterMs = KILL_AFTER_MS): Promise<void> {
  if (killAfterMs > 0) signalGroup(pid, 'SIGTERM');
  for (let waited = 0; waited < killAfterMs && signalGroup(pid, 0); waited += POLL_MS) {
    await pause(POLL_MS);
  }
  signalGroup(pid, 'SIGKILL');
  living.delete(pid);
}
