/** When a long run ends: when its time is over, or when somebody interrupts it. */
import type { Session } from './session.ts';

/** Whether the run goes on; it ends when its time is over, or when somebody interrupts it. */
export function clock({ host }: Session, seconds = Number.POSITIVE_INFINITY) {
  const end = performance.now() + seconds * 1000;
  let interrupted = false;
  const forget = host.onInterrupt(() => {
    interrupted = true;
  });
  return {
    isOver: () => interrupted || performance.now() >= end,
    why: (): string | undefined => (interrupted ? 'interrupted' : performance.now() >= end ? 'time' : undefined),
    forget,
  };
}
