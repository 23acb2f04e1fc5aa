/** The line that tells on a terminal how far a long job is. Redrawn a few times a second, gone at the end. */
import { createLogUpdate } from 'log-update';

/** Milliseconds between two pictures. */
const PERIOD = 100;

export interface Status {
  /** Draws the line; `seconds` have passed since the job began, more than none. */
  show(text: (seconds: number) => string): void;
  clear(): void;
}

const SILENT: Status = { show: () => undefined, clear: () => undefined };

export function statusLine(on: boolean): Status {
  if (!on) return SILENT;
  const update = createLogUpdate(process.stdout);
  const start = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show: (text) => {
      const now = performance.now();
      if (now - drawn < PERIOD) return;
      drawn = now;
      update(text(Math.max((now - start) / 1000, 0.001)));
    },
    clear: () => update.clear(),
  };
}
