/** The line that tells on a terminal how far a long job is. Redrawn a few times a second, gone at the end. */
import { createLogUpdate } from 'log-update';
import { thousands } from '../../reports/index.ts';

/** Milliseconds between two pictures. */
const PERIOD = 100;

export interface Progress {
  readonly programs: number;
  readonly total: number;
  readonly calls: number;
  readonly rules: number;
  readonly allRules: number;
  readonly known: number;
  readonly fresh: number;
}

export interface Status {
  show(progress: () => Progress): void;
  clear(): void;
}

const SILENT: Status = { show: () => undefined, clear: () => undefined };

export function statusLine(on: boolean): Status {
  if (!on) return SILENT;
  const update = createLogUpdate(process.stdout);
  const start = performance.now();
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    show: (progress) => {
      const now = performance.now();
      if (now - drawn < PERIOD) return;
      drawn = now;
      const p = progress();
      const rate = p.calls / Math.max((now - start) / 1000, 0.001);
      update(
        `${thousands(p.programs)}/${thousands(p.total)} programs  ${thousands(rate)} calls/s  ` +
          `rules ${p.rules}/${p.allRules}  findings ${thousands(p.fresh)} new, ${thousands(p.known)} known`,
      );
    },
    clear: () => update.clear(),
  };
}
