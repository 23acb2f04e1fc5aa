/** When steps are the same, as far as they were looked at. */
import type { Observation, Result, SeenMapping, SeenPage, Step } from '../../spec/index.ts';

/** Whether two results are the same, as far as a text can say it. */
export const sameResult = (a: Result, b: Result): boolean => {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'value') return a.value === (b as typeof a).value;
  if (a.kind === 'error') return a.errno === (b as typeof a).errno;
  if (a.kind === 'hung') return true;
  return a.signal === (b as typeof a).signal;
};

const sameCall = ({ call: a }: Step, { call: b }: Step): boolean =>
  a.name === b.name && a.args.every((arg, i) => arg === b.args[i]);

const sameMapping = (a: SeenMapping, b: SeenMapping): boolean =>
  a.start === b.start &&
  a.end === b.end &&
  a.prot === b.prot &&
  a.shared === b.shared &&
  a.offset === b.offset &&
  a.file === b.file &&
  a.flags === b.flags;

const samePage = (a: SeenPage, b: SeenPage): boolean =>
  a.page === b.page && a.content === b.content && a.signal === b.signal;

const sameList = <T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
  same: (x: T, y: T) => boolean,
): boolean => {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i] as T, b[i] as T)) return false;
  return true;
};

const sameCounters = ({ counters: a }: Observation, { counters: b }: Observation): boolean =>
  a === undefined || b === undefined
    ? a === b
    : a.vmSize === b.vmSize &&
      a.vmLck === b.vmLck &&
      a.vmData === b.vmData &&
      a.vmStk === b.vmStk &&
      a.mapCount === b.mapCount;

const sameObservation = (a: Observation, b: Observation): boolean =>
  a === b ||
  (sameCounters(a, b) &&
    sameList(a.mappings, b.mappings, sameMapping) &&
    sameList(a.present, b.present, samePage) &&
    sameList(a.touched, b.touched, samePage));

/** Whether the same call came to the same in every respect that was looked at. */
export const sameStep = (a: Step, b: Step): boolean =>
  a.scarce === b.scarce && sameCall(a, b) && sameResult(a.result, b.result) && sameObservation(a.seen, b.seen);
