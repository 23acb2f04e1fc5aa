/**
 * Lies about a step: what came back, or what could be seen, is not what it was. A contract that allows what it must forbid is found out by them
 * alone, because machines that do right never show it.
 */
import type { Errno, Observation, Result, Step } from '../../spec/index.ts';

const failed = (errno: Errno): Result => ({ kind: 'error', errno });

/** No call ends so; the verdict on it lists all that would have been allowed. */
const NOBODY = failed('EIO');

/** As long as a huge page is not: no two places that are allowed are so far apart. */
const OFF = 4096n;

const beside = (result: Result): Result =>
  result.kind === 'value' ? { kind: 'value', value: result.value + OFF } : { kind: 'value', value: OFF };

const with_ = ({ scarce, ...step }: Step, isScarce: boolean): Step => (isScarce ? { ...step, scarce: true } : step);

/** The lies about a step, always the same ones in the same order; `before` was seen before it. */
export const lies = (step: Step, before: Observation): readonly Step[] =>
  [false, true].flatMap((isScarce) => {
    const told = with_(step, isScarce);
    return [
      // As it was, but for whether memory was short.
      ...(isScarce === (step.scarce === true) ? [] : [told]),
      { ...told, seen: before },
      { ...told, result: NOBODY },
      { ...told, result: NOBODY, seen: before },
      { ...told, result: failed('ENOMEM'), seen: before },
      { ...told, result: beside(step.result) },
    ];
  });
